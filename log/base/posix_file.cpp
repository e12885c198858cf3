#include "log/base/posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace roomlog {

file_handle::~file_handle() {
  if (fd_ >= 0) (void)::close(fd_);  // what must be durable was synced before
}

error system_error(std::string_view doing, const std::filesystem::path& path) {
  const int number = errno;
  return {
      number == ENOENT ? errc::not_found : errc::io,
      std::string(doing) + " " + path.string() + ": " + std::generic_category().message(number)};
}

result<file_handle> open_file(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return system_error("cannot open", path);
  return file_handle(fd);
}

result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const auto file = open_file(path, O_RDONLY);
  if (!file) return file.error();
  std::string bytes;
  std::vector<char> part(std::size_t{64} * 1024);
  for (;;) {
    const auto got = ::read(file->fd(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) return bytes;
    bytes.append(part.data(), static_cast<std::size_t>(got));
    if (bytes.size() > bytes_max) {
      return error{errc::invalid,
                   path.string() + " has more than " + std::to_string(bytes_max) + " bytes"};
    }
  }
}

result<> write_at(const file_handle& file, std::string_view bytes, std::size_t at,
                  const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto put = ::pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
    at += static_cast<std::size_t>(put);
  }
  return {};
}

result<> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  auto draft = path;
  draft += ".new";
  {
    auto file = open_file(draft, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return file.error();
    if (auto written = write_at(*file, bytes, 0, draft); !written) return written;
    if (::fsync(file->fd()) != 0) return system_error("cannot sync", draft);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) return system_error("cannot rename to", path);
  return sync_directory(path.parent_path());
}

result<> create_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return {};
  std::string draft = path.string() + ".XXXXXX";
  const file_handle file(::mkostemp(draft.data(), O_CLOEXEC));
  if (file.fd() < 0) return system_error("cannot make", path);
  auto done = write_at(file, bytes, 0, draft);
  if (done && ::fsync(file.fd()) != 0) done = system_error("cannot sync", draft);
  // It fails where the name exists, so what somebody just made is never replaced.
  if (done && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    done = system_error("cannot make", path);
  }
  (void)::unlink(draft.c_str());  // the bytes stay under the other name
  if (!done) return done;
  return sync_directory(path.parent_path());
}

result<> sync_directory(const std::filesystem::path& path) {
  auto directory = open_file(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!directory) return directory.error();
  if (::fsync(directory->fd()) != 0) return system_error("cannot sync the directory", path);
  return {};
}

result<> make_directories(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (path.empty()) return {};  // the parent of a relative name: the working directory
  std::error_code failed;
  std::vector<fs::path> parents;  // of those that are missing, the innermost first
  for (auto missing = path; !missing.empty() && !fs::exists(missing, failed);
       missing = missing.parent_path()) {
    parents.push_back(missing.parent_path());
  }
  fs::create_directories(path, failed);
  if (failed) {
    return error{errc::io, "cannot make the directory " + path.string() + ": " + failed.message()};
  }
  for (const auto& parent : parents) {
    if (auto synced = sync_directory(parent); !synced) return synced;
  }
  return {};
}

}  // namespace roomlog
