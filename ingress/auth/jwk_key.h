// One key that token signatures are checked with, and, where its private half is known, made with.
// All cryptography is OpenSSL's; what is decided here is which keys and signatures are let near it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ingress/auth/jwt_algorithm.h"
#include "log/base/result.h"

struct evp_pkey_st;

namespace roomlog {

constexpr std::size_t hmac_secret_bytes_min = 32;
constexpr unsigned rsa_bits_min = 2048;  // RFC 7518 §3.3
constexpr unsigned rsa_bits_max = 8192;  // a larger one only costs time

struct evp_pkey_deleter {
  void operator()(evp_pkey_st* key) const noexcept;
};
using evp_pkey_ptr = std::unique_ptr<evp_pkey_st, evp_pkey_deleter>;

// What is said about a key beside its numbers.
struct key_description {
  std::string id;      // `kid`; empty: none
  std::string source;  // where it came from, for messages
  // `alg`. Without it the key's kind decides: EC and OKP keys have one algorithm; an RSA key may be
  // used with all of RS* and PS*, a secret with those of HS* whose hash is no longer than it is
  // (RFC 7518 §3.2). No key is ever taken for a kind that it is not.
  std::optional<jws_algorithm> algorithm;
  bool may_verify = true;  // `key_ops`
  bool may_sign = true;
};

class token_key;
using key_ptr = std::shared_ptr<const token_key>;

// Immutable and thread-safe; shared by whoever verifies or signs.
class token_key {
 public:
  // errc::invalid with the reason when the secret is too short for its algorithm or at all.
  static result<key_ptr> from_secret(std::string secret, key_description description);

  // RSA, EC on P-256, P-384 or P-521, Ed25519, Ed448. errc::invalid with the reason when the key is
  // too weak, of another kind, or contradicts its `alg`; when it has a private half that does not
  // belong to the public one.
  static result<key_ptr> from_pkey(evp_pkey_ptr pkey, key_description description);
  // The same for a key that has a private half.
  static result<key_ptr> from_pair(evp_pkey_ptr pkey, key_description description);

  ~token_key();
  token_key(const token_key&) = delete;
  token_key& operator=(const token_key&) = delete;

  const std::string& id() const noexcept { return description_.id; }
  const std::string& source() const noexcept { return description_.source; }
  algorithm_set allowed() const noexcept { return allowed_; }
  bool is_secret() const noexcept { return pkey_ == nullptr; }
  bool can_verify() const noexcept { return description_.may_verify; }
  bool can_sign() const noexcept { return has_private_ && description_.may_sign; }

  // False for an algorithm that is not allowed() as for a wrong signature. ECDSA signatures are
  // r ‖ s of exact size (RFC 7518 §3.4), never DER.
  bool verify(jws_algorithm algorithm, std::string_view input, std::string_view signature) const;
  // errc::invalid when this key cannot sign or not with this algorithm.
  result<std::string> sign(jws_algorithm algorithm, std::string_view input) const;

 private:
  token_key(key_description description, algorithm_set allowed);
  static result<key_ptr> make(evp_pkey_ptr pkey, key_description description, bool has_private);
  bool verify_pkey(jws_algorithm algorithm, std::string_view input,
                   std::string_view signature) const;
  result<std::string> sign_pkey(jws_algorithm algorithm, std::string_view input) const;

  key_description description_;
  algorithm_set allowed_;
  std::string secret_;  // HMAC only
  evp_pkey_ptr pkey_;   // all others
  bool has_private_ = false;
};

}  // namespace roomlog
