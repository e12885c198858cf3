#include "ingress/auth/jwt_algorithm.h"

#include <array>

namespace roomlog {
namespace {

struct row {
  const char* name;
  jws_family family;
  const char* hash;
  std::size_t hash_bytes;
};

// In the order of the enumeration.
constexpr std::array<row, 13> rows{{
    {"HS256", jws_family::hmac, "SHA256", 32},
    {"HS384", jws_family::hmac, "SHA384", 48},
    {"HS512", jws_family::hmac, "SHA512", 64},
    {"RS256", jws_family::rsa_pkcs1, "SHA256", 32},
    {"RS384", jws_family::rsa_pkcs1, "SHA384", 48},
    {"RS512", jws_family::rsa_pkcs1, "SHA512", 64},
    {"PS256", jws_family::rsa_pss, "SHA256", 32},
    {"PS384", jws_family::rsa_pss, "SHA384", 48},
    {"PS512", jws_family::rsa_pss, "SHA512", 64},
    {"ES256", jws_family::ecdsa, "SHA256", 32},
    {"ES384", jws_family::ecdsa, "SHA384", 48},
    {"ES512", jws_family::ecdsa, "SHA512", 64},
    {"EdDSA", jws_family::eddsa, nullptr, 0},
}};

const row& row_of(jws_algorithm algorithm) noexcept {
  return rows[static_cast<std::size_t>(algorithm)];
}

}  // namespace

std::optional<jws_algorithm> parse_jws_algorithm(std::string_view name) noexcept {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (name == rows[i].name) return static_cast<jws_algorithm>(i);
  }
  return std::nullopt;
}

const char* to_string(jws_algorithm algorithm) noexcept {
  return row_of(algorithm).name;
}
jws_family family_of(jws_algorithm algorithm) noexcept {
  return row_of(algorithm).family;
}
const char* hash_name(jws_algorithm algorithm) noexcept {
  return row_of(algorithm).hash;
}
std::size_t hash_bytes(jws_algorithm algorithm) noexcept {
  return row_of(algorithm).hash_bytes;
}

jws_algorithm algorithm_set::first() const noexcept {
  std::size_t i = 0;
  while (i + 1 < rows.size() && !contains(static_cast<jws_algorithm>(i))) ++i;
  return static_cast<jws_algorithm>(i);
}

std::string algorithm_set::text() const {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!contains(static_cast<jws_algorithm>(i))) continue;
    if (!out.empty()) out += ", ";
    out += rows[i].name;
  }
  return out;
}

}  // namespace roomlog
