#include "tests/log/embedded/embedded_helpers.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace roomlog::testing {

namespace fs = std::filesystem;

result<std::unique_ptr<log>> open_log(const fs::path& directory, test_disk* disk,
                                      std::optional<std::uint32_t> partitions) {
  static const fake_identity_codec codec;
  static const system_clock_source clock;
  embedded_log_options options;
  if (disk != nullptr) options.env = disk->env();
  return open_embedded_log(directory, options, {partitions, "e1"}, codec, clock);
}

void make_log(const fs::path& directory, const std::vector<std::string>& values) {
  const auto engine = open_log(directory).value();
  for (const auto& value : values) ASSERT_TRUE(append_one(*engine, partition_id{0}, value));
  engine->close();
}

std::vector<fs::path> files_with(const fs::path& directory, const std::string& extension) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory / "records")) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  return found;
}

fs::path newest_wal(const fs::path& directory) {
  fs::path newest;
  for (const auto& file : files_with(directory, ".log")) {
    if (fs::file_size(file) > 0 && file > newest) newest = file;
  }
  return newest;
}

std::string slurp(const fs::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

void spill(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

void copy_tree(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

}  // namespace roomlog::testing
