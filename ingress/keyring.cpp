#include "ingress/keyring.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>

#include "ingress/jwk.h"
#include "ingress/jwt_base64.h"
#include "ingress/jwt_json.h"

namespace roomlog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_file_bytes_max = 1 << 20;
constexpr std::size_t own_secret_random_bytes = 48;

class file_descriptor {
 public:
  explicit file_descriptor(int fd) : fd_(fd) {}
  ~file_descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

error system_error(const fs::path& path, const char* what) {
  const int number = errno;
  return error{number == ENOENT ? errc::not_found : errc::io,
               path.string() + ": " + what + ": " + std::strerror(number)};
}

result<std::string> read_file(const fs::path& path) {
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return system_error(path, "cannot be opened");
  std::string out;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, "cannot be read");
    if (got == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
    if (out.size() > key_file_bytes_max) {
      return error{errc::invalid, path.string() + ": larger than 1 MiB, that is no key"};
    }
  }
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

result<> sync_directory(const fs::path& dir) {
  const file_descriptor directory{::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory || ::fsync(directory.get()) != 0) return system_error(dir, "cannot be synced");
  return {};
}

std::string random_text(std::size_t bytes) {
  std::string random(bytes, '\0');
  const auto at = reinterpret_cast<unsigned char*>(random.data());
  if (RAND_bytes(at, static_cast<int>(bytes)) != 1) return {};
  return base64url_encode(random);
}

// The file under a name that nobody else uses, complete and on disk.
result<> write_secret(const fs::path& path) {
  const std::string secret = random_text(own_secret_random_bytes);
  if (secret.empty()) return error{errc::io, "OpenSSL has no random bytes"};
  const file_descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file) return system_error(path, "cannot be made");
  if (::fchmod(file.get(), 0600) != 0 || !write_all(file.get(), secret + "\n") ||
      ::fsync(file.get()) != 0) {
    return system_error(path, "cannot be written");
  }
  return {};
}

bool others_may_read(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace

result<> create_own_secret(const fs::path& data_dir) {
  const fs::path path = data_dir / own_secret_file;
  if (::access(path.c_str(), F_OK) == 0) return {};
  const fs::path fresh = path.string() + "." + random_text(9);
  if (const auto written = write_secret(fresh); !written) {
    (void)::unlink(fresh.c_str());  // perhaps it is not even there
    return written.error();
  }
  // link() fails where the name exists, so a secret that somebody just made is never replaced.
  result<> named;
  if (::link(fresh.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    named = system_error(path, "cannot be made");
  }
  (void)::unlink(fresh.c_str());  // the bytes stay under the other name
  if (!named) return named;
  return sync_directory(data_dir);
}

result<> keyring::add_file(const fs::path& path, const char* form) {
  const auto contents = read_file(path);
  if (!contents) return contents.error();
  if (std::string_view(form) == "jwk") {
    auto set = parse_jwk(*contents, path.string());
    if (!set) return set.error();
    keys_.insert(keys_.end(), set->keys.begin(), set->keys.end());
    notes_.insert(notes_.end(), set->skipped.begin(), set->skipped.end());
    return {};
  }
  const bool is_pem = std::string_view(form) == "pem";
  auto key = is_pem ? parse_pem_public_key(*contents, path.string())
                    : parse_secret(*contents, path.string());
  if (!key) return key.error();
  keys_.push_back(std::move(*key));
  if (!is_pem && others_may_read(path)) {
    notes_.push_back(path.string() + ": can be read by other users; chmod 600 is better");
  }
  return {};
}

result<> keyring::check_ids() const {
  std::set<std::string_view> ids;
  for (const key_ptr& key : keys_) {
    if (!key->id().empty() && !ids.insert(key->id()).second) {
      return error{errc::invalid,
                   key->source() + ": another key has the kid " + in_quotes(key->id())};
    }
  }
  return {};
}

result<keyring> keyring::load(const key_sources& sources, own_secret own) {
  keyring ring;
  if (!sources.hmac_secret.empty()) {
    auto key = parse_secret(sources.hmac_secret, "the configured HMAC secret");
    if (!key) return key.error();
    ring.keys_.push_back(std::move(*key));
  }
  struct source {
    const fs::path& path;
    const char* form;
  };
  for (const source& from : {source{sources.hmac_secret_file, "secret"},
                             source{sources.jwk_file, "jwk"}, source{sources.pem_file, "pem"}}) {
    if (from.path.empty()) continue;
    if (const auto done = ring.add_file(from.path, from.form); !done) return done.error();
  }
  if (ring.keys_.empty() && !sources.data_dir.empty()) {
    if (own == own_secret::create) {
      if (const auto made = create_own_secret(sources.data_dir); !made) return made.error();
    }
    const auto done = ring.add_file(sources.data_dir / own_secret_file, "secret");
    if (!done && done.error().code == errc::not_found) {
      return error{errc::not_found,
                   done.error().text + " (the first start of the server makes it)"};
    }
    if (!done) return done.error();
  }
  if (ring.keys_.empty()) return error{errc::not_found, "no key is configured"};
  if (const auto done = ring.check_ids(); !done) return done.error();
  return ring;
}

key_ptr keyring::signing_key() const noexcept {
  for (const key_ptr& key : keys_) {
    if (key->can_sign()) return key;
  }
  return nullptr;
}

}  // namespace roomlog
