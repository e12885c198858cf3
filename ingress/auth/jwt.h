// The check of a token (JWS compact form, RFC 7515 §3.1; JWT, RFC 7519), in the order that matters:
// form, algorithm, key, signature, and only then a look at what it claims.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingress/auth/jwk_key.h"
#include "ingress/auth/jwt_claims.h"
#include "ingress/auth/jwt_error.h"
#include "log/base/replaceable.h"
#include "log/base/types.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

// What was signed, whatever it means.
struct verified_payload {
  std::string payload;
  jws_algorithm algorithm{};
  std::string key_id;  // of the key that fits; empty: it has none
};

// Thread-safe. Refused is:
//   - a token above the rules' bytes, of other than three parts, in other than strict base64url;
//   - a header that is no strict JSON object, has `crit` (RFC 7515 §4.1.11: no extension is
//     understood here) or `b64` other than true (RFC 7797);
//   - `alg` "none" or anything that the one key in question is not for.
// `jku`, `jwk`, `x5u`, `x5c` are not looked at: keys come from the configuration only.
//
// The key is the one with the token's `kid`; a key without a kid of its own stands for any kid that
// no key has. A token without kid is taken when exactly one key goes with its algorithm.
class token_verifier {
 public:
  explicit token_verifier(std::vector<key_ptr> keys, token_rules rules = {});
  // Checks that begin from now on are made with these keys. Who was let in before stays.
  void replace_keys(std::vector<key_ptr> keys);

  token_result<principal> verify(std::string_view token, timestamp now) const;
  // Form and signature only: the payload may be anything.
  token_result<verified_payload> verify_signature(std::string_view token) const;

  // Whether a check takes long enough (18–68 µs, RSA, ECDSA and EdDSA; HMAC takes 3) to be done
  // away from an event loop. Says nothing about the token: a malformed one is refused at once.
  bool needs_offload(std::string_view token) const;

  const token_rules& rules() const noexcept { return rules_; }

 private:
  token_result<key_ptr> select(jws_algorithm algorithm, const std::string* kid) const;

  replaceable<std::vector<key_ptr>> keys_;
  const token_rules rules_;
};

}  // namespace roomlog
