#include "app/data_directory.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace roomlog {
namespace {

namespace fs = std::filesystem;

error bad_directory(const fs::path& path, const std::string& why) {
  return {errc::invalid, "data.dir: " + path.string() + ": " + why};
}

// Private from its first moment, also where a parent has to be made.
result<> make_private_directory(const fs::path& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return {};
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return bad_directory(path, std::strerror(errno));
  }
  if (!fs::is_directory(path, failed)) return bad_directory(path, "is not a directory");
  return {};
}

bool is_gateway_id(const std::string& text) {
  return text.size() == 16 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

result<std::string> read_gateway_id(const fs::path& path) {
  std::ifstream file(path);
  std::string text;
  if (!std::getline(file, text) || !is_gateway_id(text)) {
    return bad_directory(path, "must hold 16 characters of 0-9 and a-f");
  }
  return text;
}

// Written beside and linked into place, so that it is whole or not there and the first maker wins.
result<> make_gateway_id(const fs::path& path) {
  const fs::path fresh = path.string() + "." + random_hex_16();
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return bad_directory(fresh, std::strerror(errno));
  const std::string text = random_hex_16() + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  const int write_error = errno;
  ::close(fd);
  const bool linked = written && (::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int link_error = errno;
  ::unlink(fresh.c_str());
  if (!linked) return bad_directory(path, std::strerror(written ? link_error : write_error));
  return {};
}

}  // namespace

std::string random_hex_16() {
  std::array<unsigned char, 8> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the system gives no random bytes");
  }
  std::string out;
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

result<data_directory> data_directory::open(const fs::path& root) {
  if (root.empty()) return error{errc::invalid, "data.dir: must not be empty"};
  data_directory out;
  out.root_ = root;
  for (const fs::path& path : {root, out.state()}) {
    if (auto made = make_private_directory(path); !made) return made.error();
  }
  const fs::path id_file = root / "gateway_id";
  if (!fs::exists(id_file)) {
    if (auto made = make_gateway_id(id_file); !made) return made.error();
  }
  auto id = read_gateway_id(id_file);
  if (!id) return id.error();
  out.gateway_id_ = *id;
  return out;
}

}  // namespace roomlog
