// Whether a file that this process keeps open is still the one that its path names. A directory
// that is removed, moved or replaced under a running process goes on taking writes, and a restart
// finds nothing of them.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "log/base/result.h"

namespace roomlog {

class file_place {
 public:
  // The file is there.
  static result<file_place> of(std::filesystem::path path);

  // errc::io where the path names nothing or another file; says so for people. Other trouble of the
  // system is no answer, and counts as none.
  result<> check() const;

 private:
  file_place(std::filesystem::path path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}
  std::filesystem::path path_;
  dev_t device_;
  ino_t inode_;
};

}  // namespace roomlog
