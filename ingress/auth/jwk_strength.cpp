#include "ingress/auth/jwk_strength.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "ingress/auth/jwk_key.h"

namespace roomlog {
namespace {

struct openssl_deleter {
  void operator()(BIGNUM* n) const noexcept { BN_free(n); }
  void operator()(EVP_PKEY_CTX* ctx) const noexcept { EVP_PKEY_CTX_free(ctx); }
};
using bignum_ptr = std::unique_ptr<BIGNUM, openssl_deleter>;

error weak(std::string text) {
  return error{errc::invalid, std::move(text)};
}

bignum_ptr number(evp_pkey_st* key, const char* name) {
  BIGNUM* n = nullptr;
  (void)EVP_PKEY_get_bn_param(key, name, &n);  // nullptr is checked by the caller
  return bignum_ptr{n};
}

// Primes of the affected generator are 65537^a + k·M, where M is the product of the first primes
// (at least those up to 167). So modulo each of them the modulus is a power of 65537. Of other keys
// about one in 2^27 looks so too.
bool looks_like_roca(const BIGNUM* modulus) {
  constexpr std::array<BN_ULONG, 38> primes{
      3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
      73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  for (const BN_ULONG prime : primes) {
    const BN_ULONG rest = BN_mod_word(modulus, prime);
    BN_ULONG power = 1;
    bool found = false;
    for (BN_ULONG i = 0; i < prime && !found; ++i) {
      found = power == rest;
      power = power * 65537 % prime;
    }
    if (!found) return false;
  }
  return true;
}

result<algorithm_set> check_rsa(evp_pkey_st* key) {
  const auto n = number(key, OSSL_PKEY_PARAM_RSA_N);
  const auto e = number(key, OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e) return weak("the RSA key has no modulus or no exponent");
  const auto bits = static_cast<unsigned>(BN_num_bits(n.get()));
  if (bits < rsa_bits_min || bits > rsa_bits_max) {
    return weak("an RSA key of " + std::to_string(bits) + " bits, " + std::to_string(rsa_bits_min) +
                " to " + std::to_string(rsa_bits_max) + " are taken");
  }
  if (!BN_is_odd(n.get())) return weak("the RSA modulus is even");
  if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_num_bits(e.get()) > 64) {
    return weak("the RSA public exponent must be odd, above 1 and of at most 64 bits");
  }
  if (looks_like_roca(n.get())) return weak("the RSA key is of the weak kind of CVE-2017-15361");
  using enum jws_algorithm;
  return algorithm_set{rs256, rs384, rs512, ps256, ps384, ps512};
}

result<algorithm_set> check_ec(evp_pkey_st* key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  (void)EVP_PKEY_get_group_name(key, name.data(), name.size(), &size);  // no name: refused below
  const std::string_view curve{name.data(), size};
  if (curve == "prime256v1") return algorithm_set{jws_algorithm::es256};
  if (curve == "secp384r1") return algorithm_set{jws_algorithm::es384};
  if (curve == "secp521r1") return algorithm_set{jws_algorithm::es512};
  return weak("tokens use the curves P-256, P-384 and P-521 only");
}

result<algorithm_set> check_kind(evp_pkey_st* key) {
  if (EVP_PKEY_is_a(key, "RSA")) return check_rsa(key);
  if (EVP_PKEY_is_a(key, "EC")) return check_ec(key);
  if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448")) {
    return algorithm_set{jws_algorithm::eddsa};
  }
  return weak("tokens use RSA, EC, Ed25519 and Ed448 keys only");
}

}  // namespace

result<algorithm_set> check_strength(evp_pkey_st* key) {
  const auto possible = check_kind(key);
  if (!possible) return possible.error();
  const std::unique_ptr<EVP_PKEY_CTX, openssl_deleter> ctx{
      EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  if (!ctx || EVP_PKEY_public_check(ctx.get()) != 1) return weak("the public key is not valid");
  return *possible;
}

}  // namespace roomlog
