// How far the log was when records were last acknowledged: a small file beside the log that says,
// at the next start, whether acknowledged records are missing.
//
//   slot 0: generation 6, ends, checksum
//   slot 1: generation 7, ends, checksum
//
// The slots are written in turn, by a plain write that is not synced. The log is synced before, so
// the file is never ahead of it.
// A write that is torn by a crash leaves the other slot, which is one group older.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/base/posix_file.h"
#include "log/base/types.h"

namespace roomlog {

// The ends that the newest good slot holds; nothing where there is no file. errc::damaged where
// there is one without a good slot.
result<std::optional<std::vector<offset>>> read_high_water(const std::filesystem::path& path);

// One thread at a time.
class high_water_file {
 public:
  // Replaces what is there; both slots hold `ends`, durably.
  static result<high_water_file> create(const std::filesystem::path& path,
                                        std::span<const offset> ends);

  // As many ends as at create(). Reaches the kernel, not the disk.
  result<> write(std::span<const offset> ends);
  // At a clean end.
  result<> sync();

 private:
  high_water_file(std::filesystem::path path, file_handle file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  file_handle file_;
  std::uint64_t generation_ = 1;
  std::string slot_;  // kept for its memory
};

}  // namespace roomlog
