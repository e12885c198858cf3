// The numbers of a JWK as an OpenSSL key (RFC 7518 §6.2, §6.3; RFC 8037 §2).
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "ingress/auth/jwk_key.h"
#include "log/base/result.h"

namespace roomlog {

struct key_material {
  evp_pkey_ptr pkey;
  bool has_private = false;
};

// A member in strict base64url; errc::invalid when it is missing, empty or wrongly spelled.
result<std::string> read_octets(const boost::json::object& jwk, const char* name);

// `kty` RSA, EC or OKP; with its private half where `d` is there. Coordinates and EdDSA keys must
// have exactly the size of their curve. errc::not_found when kty or crv is one that tokens do not
// use, errc::invalid when the key is incomplete or wrong. Strength is checked by token_key.
result<key_material> read_public_key(const boost::json::object& jwk, const std::string& kty);

}  // namespace roomlog
