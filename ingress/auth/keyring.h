// The keys that this server believes: those of the configuration, or, where none is configured, a
// secret of its own in the data directory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingress/auth/jwk_key.h"
#include "log/base/result.h"

namespace roomlog {

// Text of 64 characters (384 random bits in base64url), which are themselves the secret: any JWT
// library makes tokens with them as they stand in the file, without the line break at its end.
constexpr const char* own_secret_file = "token.key";

// Where keys may come from; empty: not from there. All that are given are taken together.
struct key_sources {
  std::string hmac_secret;                 // itself, at least 32 bytes
  std::filesystem::path hmac_secret_file;  // its bytes, without one final line break
  std::filesystem::path jwk_file;          // a JWK or a JWK set
  std::filesystem::path pem_file;          // a public key
  std::filesystem::path data_dir;          // its token.key counts where none of the above is given
};

enum class own_secret {
  create,      // made when it is missing: `serve`
  must_exist,  // whoever only signs or checks makes none, or a wrong directory would go unnoticed
};

// Immutable after load(); thread-safe.
class keyring {
 public:
  // errc::not_found where there is no key or file, errc::io for files, errc::malformed for what is
  // no key, errc::invalid for a key that is refused, and for two of one kid; the text names the
  // file.
  static result<keyring> load(const key_sources& sources, own_secret own);

  const std::vector<key_ptr>& keys() const noexcept { return keys_; }
  // The first key that can sign; nullptr when there is none (only public keys are known).
  key_ptr signing_key() const noexcept;
  // What an operator should know: keys of a set that were passed over, a secret that others may
  // read.
  const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  result<> add_file(const std::filesystem::path& path, const char* form);
  result<> check_ids() const;

  std::vector<key_ptr> keys_;
  std::vector<std::string> notes_;
};

// Makes `<data_dir>/token.key` with mode 0600 unless it is there. Whole or not at all: the name
// appears once the bytes are on disk, and the first of several makers wins. An existing file is
// never touched.
result<> create_own_secret(const std::filesystem::path& data_dir);

}  // namespace roomlog
