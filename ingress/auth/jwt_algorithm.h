// The signature algorithms of RFC 7518 §3.1 and RFC 8037 §3.1 that a token may have. "none" is not
// among them, and neither is anything that is not listed here (ES256K, RS1, …).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace roomlog {

enum class jws_algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa,
};
enum class jws_family : std::uint8_t { hmac, rsa_pkcs1, rsa_pss, ecdsa, eddsa };

// By the exact name ("RS256"); case matters (RFC 7515 §4.1.1).
std::optional<jws_algorithm> parse_jws_algorithm(std::string_view name) noexcept;
const char* to_string(jws_algorithm algorithm) noexcept;
jws_family family_of(jws_algorithm algorithm) noexcept;
// OpenSSL's name of the hash; nullptr for EdDSA, which has its own within.
const char* hash_name(jws_algorithm algorithm) noexcept;
// Size of the hash: 32, 48, 64; 0 for EdDSA.
std::size_t hash_bytes(jws_algorithm algorithm) noexcept;

// The algorithms that one key may be used with: exactly one wherever the key or its `alg` says so.
class algorithm_set {
 public:
  constexpr algorithm_set() = default;
  algorithm_set(std::initializer_list<jws_algorithm> members) {
    for (const auto member : members) add(member);
  }
  void add(jws_algorithm algorithm) noexcept { bits_ |= bit(algorithm); }
  bool contains(jws_algorithm algorithm) const noexcept { return (bits_ & bit(algorithm)) != 0; }
  bool empty() const noexcept { return bits_ == 0; }
  // The first in the order of the enumeration; the set is not empty.
  jws_algorithm first() const noexcept;
  // "RS256, RS384"
  std::string text() const;

 private:
  static std::uint16_t bit(jws_algorithm algorithm) noexcept {
    return static_cast<std::uint16_t>(1u << static_cast<unsigned>(algorithm));
  }
  std::uint16_t bits_ = 0;
};

}  // namespace roomlog
