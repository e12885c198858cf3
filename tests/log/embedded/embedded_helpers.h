// What the tests of the embedded engine share: opening a log, and looking into its directory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "log/embedded/embedded_log.h"
#include "tests/log/embedded/test_disk.h"
#include "tests/log/fake_identity_codec.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {

// Opens a log of two partitions in a directory; for RocksDB's files on `disk` where one is given.
result<std::unique_ptr<log>> open_log(const std::filesystem::path& directory,
                                      test_disk* disk = nullptr,
                                      std::optional<std::uint32_t> partitions = 2);

// A directory with a log in which these values were acknowledged one by one in partition 0. What
// was appended is in the write-ahead log only.
void make_log(const std::filesystem::path& directory, const std::vector<std::string>& values);

// The write-ahead log with the highest number that is not empty.
std::filesystem::path newest_wal(const std::filesystem::path& directory);
std::vector<std::filesystem::path> files_with(const std::filesystem::path& directory,
                                              const std::string& extension);

std::string slurp(const std::filesystem::path& file);
void spill(const std::filesystem::path& file, const std::string& bytes);
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace roomlog::testing
