#include "ingress/auth/jwk_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "ingress/auth/jwk_strength.h"

namespace roomlog {
namespace {

struct ctx_deleter {
  void operator()(EVP_MD_CTX* ctx) const noexcept { EVP_MD_CTX_free(ctx); }
  void operator()(EVP_MAC_CTX* ctx) const noexcept { EVP_MAC_CTX_free(ctx); }
  void operator()(ECDSA_SIG* sig) const noexcept { ECDSA_SIG_free(sig); }
};
using md_ctx_ptr = std::unique_ptr<EVP_MD_CTX, ctx_deleter>;
using mac_ctx_ptr = std::unique_ptr<EVP_MAC_CTX, ctx_deleter>;
using ecdsa_sig_ptr = std::unique_ptr<ECDSA_SIG, ctx_deleter>;

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

// Empty when OpenSSL fails, which no signature equals.
std::string hmac(jws_algorithm algorithm, std::string_view secret, std::string_view input) {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  const mac_ctx_ptr ctx{EVP_MAC_CTX_new(mac)};
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                       const_cast<char*>(hash_name(algorithm)), 0),
      OSSL_PARAM_construct_end()};
  std::string out(hash_bytes(algorithm), '\0');
  std::size_t size = 0;
  const bool done = ctx && EVP_MAC_init(ctx.get(), bytes_of(secret), secret.size(), params) == 1 &&
                    EVP_MAC_update(ctx.get(), bytes_of(input), input.size()) == 1 &&
                    EVP_MAC_final(ctx.get(), bytes_of(out), &size, out.size()) == 1;
  if (!done || size != out.size()) out.clear();
  return out;
}

// Size of r and of s: 32, 48, 66 (RFC 7518 §3.4).
std::size_t coordinate_bytes(jws_algorithm algorithm) noexcept {
  return algorithm == jws_algorithm::es512 ? 66 : hash_bytes(algorithm);
}

// r ‖ s to the DER form that OpenSSL reads; empty when the size is wrong. Whether r and s are in
// range is OpenSSL's check.
std::string der_from_raw(jws_algorithm algorithm, std::string_view raw) {
  const std::size_t half = coordinate_bytes(algorithm);
  if (raw.size() != 2 * half) return {};
  const ecdsa_sig_ptr sig{ECDSA_SIG_new()};
  BIGNUM* r = BN_bin2bn(bytes_of(raw), static_cast<int>(half), nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw) + half, static_cast<int>(half), nullptr);
  if (!sig || !r || !s || ECDSA_SIG_set0(sig.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(sig.get(), &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string raw_from_der(jws_algorithm algorithm, std::string_view der) {
  const std::size_t half = coordinate_bytes(algorithm);
  const unsigned char* at = bytes_of(der);
  const ecdsa_sig_ptr sig{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  std::string raw(2 * half, '\0');
  const int size = static_cast<int>(half);
  if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig.get()), bytes_of(raw), size) != size ||
      BN_bn2binpad(ECDSA_SIG_get0_s(sig.get()), bytes_of(raw) + half, size) != size) {
    return {};
  }
  return raw;
}

// RFC 7518 §3.5: MGF1 with the same hash, a salt of the hash's size.
bool set_padding(EVP_PKEY_CTX* ctx, jws_algorithm algorithm) {
  if (family_of(algorithm) == jws_family::rsa_pkcs1) {
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
  }
  if (family_of(algorithm) != jws_family::rsa_pss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, hash_name(algorithm), nullptr) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

std::string named(const key_description& description) {
  std::string out = description.source;
  if (!description.id.empty()) out += " (kid " + description.id + ")";
  return out + ": ";
}

// What the key may be used with, once its kind has said what it could be used with.
result<algorithm_set> narrow(algorithm_set possible, const key_description& description) {
  if (!description.algorithm) return possible;
  if (possible.contains(*description.algorithm)) return algorithm_set{*description.algorithm};
  return error{errc::invalid, named(description) + "alg " + to_string(*description.algorithm) +
                                  " does not fit this key, which is for " + possible.text()};
}

}  // namespace

void evp_pkey_deleter::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

token_key::token_key(key_description description, algorithm_set allowed)
    : description_(std::move(description)), allowed_(allowed) {}

token_key::~token_key() {
  OPENSSL_cleanse(secret_.data(), secret_.size());
}

result<key_ptr> token_key::from_secret(std::string secret, key_description description) {
  if (secret.size() < hmac_secret_bytes_min) {
    return error{errc::invalid, named(description) + "a secret of " +
                                    std::to_string(secret.size()) +
                                    " bytes is too short; at least " +
                                    std::to_string(hmac_secret_bytes_min) + " bytes are required"};
  }
  algorithm_set possible;
  for (const auto algorithm : {jws_algorithm::hs256, jws_algorithm::hs384, jws_algorithm::hs512}) {
    if (secret.size() >= hash_bytes(algorithm)) possible.add(algorithm);  // RFC 7518 §3.2
  }
  const auto allowed = narrow(possible, description);
  if (!allowed) return allowed.error();
  std::shared_ptr<token_key> key{new token_key(std::move(description), *allowed)};
  key->secret_ = std::move(secret);
  key->has_private_ = true;
  return key_ptr{std::move(key)};
}

result<key_ptr> token_key::from_pkey(evp_pkey_ptr pkey, key_description description) {
  return make(std::move(pkey), std::move(description), false);
}
result<key_ptr> token_key::from_pair(evp_pkey_ptr pkey, key_description description) {
  return make(std::move(pkey), std::move(description), true);
}

result<key_ptr> token_key::make(evp_pkey_ptr pkey, key_description description, bool has_private) {
  const auto possible = check_strength(pkey.get());
  ERR_clear_error();
  if (!possible) return error{errc::invalid, named(description) + possible.error().text};
  const auto allowed = narrow(*possible, description);
  if (!allowed) return allowed.error();

  std::shared_ptr<token_key> key{new token_key(std::move(description), *allowed)};
  key->pkey_ = std::move(pkey);
  key->has_private_ = has_private;
  if (has_private) {
    constexpr std::string_view probe = "roomlog";
    const auto signature = key->sign_pkey(allowed->first(), probe);
    if (!signature || !key->verify(allowed->first(), probe, *signature)) {
      return error{errc::invalid,
                   named(key->description_) + "the private half does not match the public half"};
    }
  }
  return key_ptr{std::move(key)};
}

bool token_key::verify(jws_algorithm algorithm, std::string_view input,
                       std::string_view signature) const {
  if (!allowed_.contains(algorithm)) return false;
  if (family_of(algorithm) == jws_family::hmac) {
    const std::string expected = hmac(algorithm, secret_, input);
    return !expected.empty() && expected.size() == signature.size() &&
           CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
  }
  const bool good = verify_pkey(algorithm, input, signature);
  ERR_clear_error();  // the queue belongs to the thread, and the thread to others
  return good;
}

bool token_key::verify_pkey(jws_algorithm algorithm, std::string_view input,
                            std::string_view signature) const {
  std::string der;
  if (family_of(algorithm) == jws_family::ecdsa) {
    der = der_from_raw(algorithm, signature);
    if (der.empty()) return false;
    signature = der;
  } else if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(pkey_.get()))) {
    return false;  // RFC 8017 §8: OpenSSL would take an RSA signature without its leading zeros
  }
  const md_ctx_ptr ctx{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* pkey_ctx = nullptr;  // owned by ctx
  return ctx &&
         EVP_DigestVerifyInit_ex(ctx.get(), &pkey_ctx, hash_name(algorithm), nullptr, nullptr,
                                 pkey_.get(), nullptr) == 1 &&
         set_padding(pkey_ctx, algorithm) &&
         EVP_DigestVerify(ctx.get(), bytes_of(signature), signature.size(), bytes_of(input),
                          input.size()) == 1;
}

result<std::string> token_key::sign(jws_algorithm algorithm, std::string_view input) const {
  if (!can_sign()) {
    return error{errc::invalid, named(description_) + "this key cannot sign"};
  }
  if (!allowed_.contains(algorithm)) {
    return error{errc::invalid, named(description_) + "this key signs with " + allowed_.text() +
                                    ", not with " + to_string(algorithm)};
  }
  if (family_of(algorithm) == jws_family::hmac) return hmac(algorithm, secret_, input);
  return sign_pkey(algorithm, input);
}

result<std::string> token_key::sign_pkey(jws_algorithm algorithm, std::string_view input) const {
  const md_ctx_ptr ctx{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* pkey_ctx = nullptr;  // owned by ctx
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(pkey_.get())), '\0');
  std::size_t size = signature.size();
  const bool done =
      ctx &&
      EVP_DigestSignInit_ex(ctx.get(), &pkey_ctx, hash_name(algorithm), nullptr, nullptr,
                            pkey_.get(), nullptr) == 1 &&
      set_padding(pkey_ctx, algorithm) &&
      EVP_DigestSign(ctx.get(), bytes_of(signature), &size, bytes_of(input), input.size()) == 1;
  ERR_clear_error();
  if (!done) return error{errc::invalid, named(description_) + "signing failed"};
  signature.resize(size);
  if (family_of(algorithm) == jws_family::ecdsa) signature = raw_from_der(algorithm, signature);
  return signature;
}

}  // namespace roomlog
