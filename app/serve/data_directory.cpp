#include "app/serve/data_directory.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "log/base/hex.h"
#include "log/base/posix_file.h"
#include "schemas/text/text_encoding.h"

namespace roomlog {
namespace {

namespace fs = std::filesystem;

error bad_directory(const fs::path& path, const std::string& why) {
  return {errc::invalid, "data.dir: " + path.string() + ": " + why};
}

// Private from its first moment, also where a parent has to be made; their names are durable when
// it returns.
result<> make_private_directory(const fs::path& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return {};
  const fs::path parent = path.parent_path();
  if (auto made = make_directories(parent); !made) return bad_directory(path, made.error().text);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return bad_directory(path, std::strerror(errno));
  }
  if (!fs::is_directory(path, failed)) return bad_directory(path, "is not a directory");
  if (auto synced = sync_directory(parent); !synced) {
    return bad_directory(path, synced.error().text);
  }
  return {};
}

bool is_gateway_id(const std::string& text) {
  return text.size() == 16 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// The first line of the file.
result<std::string> read_gateway_id(const fs::path& path) {
  const auto text = read_file(path);
  if (!text) return bad_directory(path, text.error().text);
  const auto written = text_without_mark(*text, path.string());
  if (!written) return bad_directory(path, written.error().text);
  std::string id(written->substr(0, written->find_first_of("\r\n")));
  if (!is_gateway_id(id)) return bad_directory(path, "must hold 16 characters of 0-9 and a-f");
  return id;
}

// Takes the rights of group and others from one file or directory. What is a symbolic link, or has
// just been deleted, is passed over.
enum class privacy : std::uint8_t { was_private, is_now, failed };
privacy make_one_private(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || S_ISLNK(found.st_mode)) return privacy::was_private;
  if ((found.st_mode & 077) == 0) return privacy::was_private;
  if (::chmod(path.c_str(), found.st_mode & 07700) == 0) return privacy::is_now;
  return errno == ENOENT ? privacy::was_private : privacy::failed;
}

}  // namespace

// Earlier versions, and files that were copied here, may have left other modes.
void data_directory::make_private() {
  std::size_t changed = 0;
  fs::path failed;
  const auto look_at = [&](const fs::path& path) {
    const privacy is = make_one_private(path);
    changed += is == privacy::is_now ? 1 : 0;
    if (is == privacy::failed && failed.empty()) failed = path;
  };
  for (const fs::path& path : {log(), state(), root_ / "gateway_id", root_ / "token.key"}) {
    look_at(path);
    std::error_code ended;  // also by a directory that is not there, or is a file
    for (auto at = fs::recursive_directory_iterator(path, ended);
         !ended && at != fs::recursive_directory_iterator(); at.increment(ended)) {
      look_at(at->path());
    }
  }
  if (changed > 0) {
    notes_.push_back("other users could read " + std::to_string(changed) +
                     " files and directories in " + root_.string() + "; they no longer can");
  }
  if (!failed.empty()) {
    notes_.push_back("other users can read " + failed.string() +
                     ", and its mode cannot be changed; chmod go-rwx as its owner");
  }
}

std::string random_hex_16() {
  std::array<std::byte, 8> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the system gives no random bytes");
  }
  return hex_text(bytes);
}

result<data_directory> data_directory::open(const fs::path& root) {
  if (root.empty()) return error{errc::invalid, "data.dir: must not be empty"};
  data_directory out;
  out.root_ = root;
  for (const fs::path& path : {root, out.state()}) {
    if (auto made = make_private_directory(path); !made) return made.error();
  }
  const fs::path id_file = root / "gateway_id";
  if (auto made = create_file(id_file, random_hex_16() + "\n"); !made) {
    return bad_directory(id_file, made.error().text);
  }
  auto id = read_gateway_id(id_file);
  if (!id) return id.error();
  out.gateway_id_ = *id;
  out.make_private();
  return out;
}

}  // namespace roomlog
