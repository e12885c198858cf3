// One process at a time works in a log's directory.
#pragma once

#include <filesystem>

#include "log/base/posix_file.h"

namespace roomlog {

// Holds flock(2) on the file `lock` in the directory, which ends with the process however it ends.
class directory_lock {
 public:
  // errc::in_use names the directory and, where it can be told, the process. The directory exists.
  static result<directory_lock> take(const std::filesystem::path& directory);

 private:
  explicit directory_lock(file_handle file) : file_(std::move(file)) {}
  file_handle file_;
};

}  // namespace roomlog
