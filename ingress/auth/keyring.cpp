#include "ingress/auth/keyring.h"

#include <openssl/rand.h>
#include <sys/stat.h>

#include <set>
#include <string_view>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwt_base64.h"
#include "ingress/auth/jwt_json.h"
#include "log/base/posix_file.h"
#include "schemas/text/text_encoding.h"

namespace roomlog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_file_bytes_max = 1 << 20;
constexpr std::size_t own_secret_random_bytes = 48;

std::string random_text(std::size_t bytes) {
  std::string random(bytes, '\0');
  const auto at = reinterpret_cast<unsigned char*>(random.data());
  if (RAND_bytes(at, static_cast<int>(bytes)) != 1) return {};
  return base64url_encode(random);
}

bool others_may_read(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace

result<> create_own_secret(const fs::path& data_dir) {
  const std::string secret = random_text(own_secret_random_bytes);
  if (secret.empty()) return error{errc::io, "OpenSSL has no random bytes"};
  return create_file(data_dir / own_secret_file, secret + "\n");
}

result<> keyring::add_file(const fs::path& path, const char* form) {
  const auto contents = read_file(path, key_file_bytes_max);
  if (!contents) return contents.error();
  const std::string source = path.string();
  if (std::string_view(form) == "secret") {
    const auto secret = secret_without_mark(*contents, source);
    if (!secret) return secret.error();
    auto key = parse_secret(*secret, source);
    if (!key) return key.error();
    keys_.push_back(std::move(*key));
    if (others_may_read(path)) {
      notes_.push_back(source + ": can be read by other users; chmod 600 is better");
    }
    return {};
  }
  const auto text = text_without_mark(*contents, source);
  if (!text) return text.error();
  if (std::string_view(form) == "jwk") {
    auto set = parse_jwk(*text, source);
    if (!set) return set.error();
    keys_.insert(keys_.end(), set->keys.begin(), set->keys.end());
    notes_.insert(notes_.end(), set->skipped.begin(), set->skipped.end());
    return {};
  }
  auto key = parse_pem_public_key(*text, source);
  if (!key) return key.error();
  keys_.push_back(std::move(*key));
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
