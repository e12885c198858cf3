// Keys from their written forms: JSON Web Keys and sets of them (RFC 7517, 7518 §6, 8037 §2), PEM
// public keys (RFC 7468 §13), HMAC secrets as bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingress/auth/jwk_key.h"
#include "log/base/result.h"

namespace roomlog {

struct key_set {
  std::vector<key_ptr> keys;  // at least one
  // Why members of a set were passed over: keys for encryption, of unknown kinds, curves or
  // algorithms, as RFC 7517 §5 wants it.
  std::vector<std::string> skipped;
};

// One JWK or a JWK set. `source` names the file in messages. errc::malformed when it is no JSON of
// that form; errc::invalid with the reason when
//   - a key that is meant for signatures is weak, incomplete or contradicts itself (`kty`, `crv`,
//     `alg`, `use`, `key_ops`), in a set too: that is never passed over in silence;
//   - two keys have one `kid`, or secrets stand beside public keys: which key is meant must not be
//     a matter of luck;
//   - no key is left that could verify or sign a token.
result<key_set> parse_jwk(std::string_view json, const std::string& source);

// "-----BEGIN PUBLIC KEY-----": RSA, EC or EdDSA, without a kid; its kind gives the algorithms.
result<key_ptr> parse_pem_public_key(std::string_view pem, const std::string& source);

// The bytes of an HMAC secret file, without one final line break. Refused when it looks like PEM or
// JSON: a public key that was configured as a secret would let anybody sign.
result<key_ptr> parse_secret(std::string_view contents, const std::string& source);

// HS256, HS384 and HS512 all go with a secret that is long enough, so a secret file may say which
// by being a JWK with `alg`.

}  // namespace roomlog
