#include "log/base/file_place.h"

#include <sys/stat.h>

#include <cerrno>

#include "log/base/posix_file.h"

namespace roomlog {

result<file_place> file_place::of(std::filesystem::path path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return system_error("cannot look at", path);
  return file_place(std::move(path), found.st_dev, found.st_ino);
}

result<> file_place::check() const {
  struct stat found {};
  const bool there = ::stat(path_.c_str(), &found) == 0;
  if (there && found.st_dev == device_ && found.st_ino == inode_) return {};
  if (!there && errno != ENOENT && errno != ENOTDIR) return {};
  return error{errc::io, path_.parent_path().string() +
                             " was removed, moved or replaced while this process worked in it (" +
                             path_.filename().string() +
                             (there ? " is another file)" : " is not there any more)")};
}

}  // namespace roomlog
