// Keys made for the tests, and tokens put together by hand, so that every part can be wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingress/auth/jwk_key.h"
#include "ingress/auth/jwt.h"

namespace roomlog::testing::jwt {

// 2023-11-14T22:13:20Z in seconds and as a timestamp: the tests' present.
constexpr std::int64_t now_seconds = 1'700'000'000;
constexpr timestamp now{now_seconds * 1'000'000};

constexpr std::string_view secret =
    "a secret of 64 bytes, for HS256, HS384 and for HS512 as well !!!";

enum class kind { rsa2048, rsa1024, p256, p384, p521, ed25519, ed448 };

// The same key in its forms; the JWKs have neither alg nor kid.
struct key_forms {
  std::string public_jwk, private_jwk, pem;
};
// A fresh one.
key_forms make_forms(kind of);
// Made once per process and kind.
const key_forms& forms_of(kind of);

// `jwk` with one more member, or another value for it; `json` is JSON text.
std::string with(std::string_view jwk, std::string_view name, std::string_view json);
std::string without(std::string_view jwk, std::string_view name);

// Of a JWK or secret that must be good.
key_ptr load(std::string_view jwk);
key_ptr secret_key();

// header.payload.signature, each from the bytes given; signed by the key for what it is.
std::string sign(const token_key& key, jws_algorithm algorithm, std::string_view header,
                 std::string_view payload);
// With the plain header of the algorithm.
std::string sign(const token_key& key, jws_algorithm algorithm, std::string_view payload);

// {"sub":"ann","exp":an hour from now}
std::string good_payload();

token_verifier verifier_for(key_ptr key, token_rules rules = {});

}  // namespace roomlog::testing::jwt
