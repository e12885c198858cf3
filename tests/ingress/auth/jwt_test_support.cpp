#include "tests/ingress/auth/jwt_test_support.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json.hpp>
#include <map>
#include <stdexcept>
#include <vector>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwt_base64.h"

namespace roomlog::testing::jwt {
namespace {

namespace json = boost::json;

EVP_PKEY* generate(kind of) {
  switch (of) {
    case kind::rsa2048:
      return EVP_RSA_gen(2048);
    case kind::rsa1024:
      return EVP_RSA_gen(1024);
    case kind::p256:
      return EVP_EC_gen("P-256");
    case kind::p384:
      return EVP_EC_gen("P-384");
    case kind::p521:
      return EVP_EC_gen("P-521");
    case kind::ed25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case kind::ed448:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
  }
  throw std::logic_error("no such kind");
}

std::string number(EVP_PKEY* key, const char* param, std::size_t bytes = 0) {
  BIGNUM* n = nullptr;
  if (EVP_PKEY_get_bn_param(key, param, &n) != 1) throw std::runtime_error(param);
  std::vector<unsigned char> out(bytes != 0 ? bytes : static_cast<std::size_t>(BN_num_bytes(n)));
  BN_bn2binpad(n, out.data(), static_cast<int>(out.size()));
  BN_clear_free(n);
  return base64url_encode({reinterpret_cast<char*>(out.data()), out.size()});
}

std::string octets(EVP_PKEY* key, const char* param) {
  std::vector<unsigned char> out(256);
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, param, out.data(), out.size(), &size) != 1) {
    throw std::runtime_error(param);
  }
  return base64url_encode({reinterpret_cast<char*>(out.data()), size});
}

// The public members first; the private ones into `secret_part`.
json::object jwk_of(EVP_PKEY* key, kind of, json::object& secret_part) {
  if (of == kind::rsa2048 || of == kind::rsa1024) {
    secret_part = {{"d", number(key, OSSL_PKEY_PARAM_RSA_D)},
                   {"p", number(key, OSSL_PKEY_PARAM_RSA_FACTOR1)},
                   {"q", number(key, OSSL_PKEY_PARAM_RSA_FACTOR2)},
                   {"dp", number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1)},
                   {"dq", number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2)},
                   {"qi", number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1)}};
    return {{"kty", "RSA"},
            {"n", number(key, OSSL_PKEY_PARAM_RSA_N)},
            {"e", number(key, OSSL_PKEY_PARAM_RSA_E)}};
  }
  if (of == kind::ed25519 || of == kind::ed448) {
    secret_part = {{"d", octets(key, OSSL_PKEY_PARAM_PRIV_KEY)}};
    return {{"kty", "OKP"},
            {"crv", of == kind::ed25519 ? "Ed25519" : "Ed448"},
            {"x", octets(key, OSSL_PKEY_PARAM_PUB_KEY)}};
  }
  const std::size_t bytes = of == kind::p256 ? 32 : of == kind::p384 ? 48 : 66;
  secret_part = {{"d", number(key, OSSL_PKEY_PARAM_PRIV_KEY, bytes)}};
  return {{"kty", "EC"},
          {"crv", of == kind::p256   ? "P-256"
                  : of == kind::p384 ? "P-384"
                                     : "P-521"},
          {"x", number(key, OSSL_PKEY_PARAM_EC_PUB_X, bytes)},
          {"y", number(key, OSSL_PKEY_PARAM_EC_PUB_Y, bytes)}};
}

std::string pem_of(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

}  // namespace

key_forms make_forms(kind of) {
  const evp_pkey_ptr key{generate(of)};
  json::object secret_part;
  json::object jwk = jwk_of(key.get(), of, secret_part);
  key_forms out;
  out.public_jwk = json::serialize(jwk);
  for (const auto& member : secret_part) jwk[member.key()] = member.value();
  out.private_jwk = json::serialize(jwk);
  out.pem = pem_of(key.get());
  return out;
}

const key_forms& forms_of(kind of) {
  static std::map<kind, key_forms> made;
  const auto at = made.find(of);
  return at != made.end() ? at->second : made.emplace(of, make_forms(of)).first->second;
}

std::string with(std::string_view jwk, std::string_view name, std::string_view text) {
  json::object object = json::parse({jwk.data(), jwk.size()}).as_object();
  object[{name.data(), name.size()}] = json::parse({text.data(), text.size()});
  return json::serialize(object);
}

std::string without(std::string_view jwk, std::string_view name) {
  json::object object = json::parse({jwk.data(), jwk.size()}).as_object();
  object.erase(json::string_view{name.data(), name.size()});
  return json::serialize(object);
}

key_ptr load(std::string_view jwk) {
  return parse_jwk(jwk, "test key").value().keys.at(0);
}

key_ptr secret_key() {
  return parse_secret(secret, "test secret").value();
}

std::string sign(const token_key& key, jws_algorithm algorithm, std::string_view header,
                 std::string_view payload) {
  const std::string input = base64url_encode(header) + "." + base64url_encode(payload);
  return input + "." + base64url_encode(key.sign(algorithm, input).value());
}

std::string sign(const token_key& key, jws_algorithm algorithm, std::string_view payload) {
  return sign(key, algorithm, std::string("{\"alg\":\"") + to_string(algorithm) + "\"}", payload);
}

std::string good_payload() {
  return "{\"sub\":\"ann\",\"exp\":" + std::to_string(now_seconds + 3600) + "}";
}

token_verifier verifier_for(key_ptr key, token_rules rules) {
  return token_verifier({std::move(key)}, std::move(rules));
}

}  // namespace roomlog::testing::jwt
