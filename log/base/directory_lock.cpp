#include "log/base/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace roomlog {

result<directory_lock> directory_lock::take(const std::filesystem::path& directory) {
  const auto path = directory / "lock";
  auto file = open_file(path, O_RDWR | O_CREAT);
  if (!file) return file.error();
  if (::flock(file->fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("cannot lock", path);
    const auto holder = read_file(path);
    const bool known = holder && !holder->empty();
    return error{errc::in_use, "the log directory " + directory.string() + " is in use by " +
                                   (known ? "process " + *holder : "another process")};
  }
  // For the message above only.
  if (::ftruncate(file->fd(), 0) != 0) return system_error("cannot write", path);
  if (auto noted = write_at(*file, std::to_string(::getpid()), 0, path); !noted) {
    return noted.error();
  }
  return directory_lock(std::move(*file));
}

}  // namespace roomlog
