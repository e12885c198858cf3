// The few system calls that the engines need beside RocksDB, with errors that name the path.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "log/base/result.h"

namespace roomlog {

// An open file descriptor, closed when it goes away.
class file_handle {
 public:
  file_handle() = default;
  explicit file_handle(int fd) : fd_(fd) {}
  file_handle(file_handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_handle();
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// errc::not_found for ENOENT, else errc::io; with `doing`, the path and the text of errno.
error system_error(std::string_view doing, const std::filesystem::path& path);

// `flags` as in open(2); O_CLOEXEC is added, new files get mode 0644.
result<file_handle> open_file(const std::filesystem::path& path, int flags);
// All of it. errc::not_found where it is not there, errc::invalid where it is larger than
// `bytes_max`.
result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t bytes_max = static_cast<std::size_t>(-1));
// All bytes or an error; no sync.
result<> write_at(const file_handle& file, std::string_view bytes, std::size_t at,
                  const std::filesystem::path& path);
// The file appears under its name whole and durable, or not at all.
result<> replace_file(const std::filesystem::path& path, std::string_view bytes);
// Makes a file, with mode 0600, unless there is one of that name, which is never touched. It
// appears whole and durable or not at all; of several makers the first one wins for all.
result<> create_file(const std::filesystem::path& path, std::string_view bytes);

// Makes the names in a directory durable.
result<> sync_directory(const std::filesystem::path& path);
// With all parents that are missing; their names are durable when it returns.
result<> make_directories(const std::filesystem::path& path);

}  // namespace roomlog
