#include "ingress/auth/jwk_material.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <deque>
#include <vector>

#include "ingress/auth/jwt_base64.h"
#include "ingress/auth/jwt_json.h"

namespace roomlog {
namespace {

namespace json = boost::json;

struct openssl_deleter {
  void operator()(BIGNUM* n) const noexcept { BN_clear_free(n); }
  void operator()(OSSL_PARAM_BLD* b) const noexcept { OSSL_PARAM_BLD_free(b); }
  void operator()(OSSL_PARAM* p) const noexcept { OSSL_PARAM_free(p); }
  void operator()(EVP_PKEY_CTX* c) const noexcept { EVP_PKEY_CTX_free(c); }
};

error bad(std::string text) {
  return error{errc::invalid, std::move(text)};
}

// Collects the parameters of a key. OpenSSL's builder only points to what it is given until the key
// is built, so that is kept here.
class key_builder {
 public:
  result<> number(const json::object& jwk, const char* member, const char* param,
                  std::size_t exact_bytes = 0) {
    const auto bytes = read_octets(jwk, member);
    if (!bytes) return bytes.error();
    if (exact_bytes != 0 && bytes->size() != exact_bytes) {
      return bad(std::string(member) + " has " + std::to_string(bytes->size()) +
                 " bytes, this curve needs " + std::to_string(exact_bytes));
    }
    numbers_.emplace_back(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()),
                                    static_cast<int>(bytes->size()), nullptr));
    if (!numbers_.back() ||
        OSSL_PARAM_BLD_push_BN(builder_.get(), param, numbers_.back().get()) != 1) {
      return bad(std::string(member) + " is not usable");
    }
    return {};
  }

  bool text(const char* param, const char* value) {
    return OSSL_PARAM_BLD_push_utf8_string(builder_.get(), param, value, 0) == 1;
  }
  bool octets(const char* param, std::string value) {
    const std::string& kept = octets_.emplace_back(std::move(value));
    return OSSL_PARAM_BLD_push_octet_string(builder_.get(), param, kept.data(), kept.size()) == 1;
  }

  result<key_material> build(const char* type, bool has_private) {
    const std::unique_ptr<OSSL_PARAM, openssl_deleter> params{
        OSSL_PARAM_BLD_to_param(builder_.get())};
    const std::unique_ptr<EVP_PKEY_CTX, openssl_deleter> ctx{
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* pkey = nullptr;
    const int selection = has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    const bool done = params && ctx && EVP_PKEY_fromdata_init(ctx.get()) == 1 &&
                      EVP_PKEY_fromdata(ctx.get(), &pkey, selection, params.get()) == 1;
    ERR_clear_error();
    if (!done) return bad("the numbers do not form a key of type " + std::string(type));
    return key_material{evp_pkey_ptr{pkey}, has_private};
  }

 private:
  std::unique_ptr<OSSL_PARAM_BLD, openssl_deleter> builder_{OSSL_PARAM_BLD_new()};
  std::vector<std::unique_ptr<BIGNUM, openssl_deleter>> numbers_;
  std::deque<std::string> octets_;  // does not move its elements
};

// RFC 7518 §6.3.2: with the first of the factors come all of them.
result<key_material> read_rsa(const json::object& jwk) {
  if (jwk.contains("oth")) return bad("RSA keys of more than two primes are not accepted");
  struct field {
    const char* member;
    const char* param;
  };
  std::vector<field> fields{{"n", OSSL_PKEY_PARAM_RSA_N}, {"e", OSSL_PKEY_PARAM_RSA_E}};
  const bool has_private = jwk.contains("d");
  if (has_private) fields.push_back({"d", OSSL_PKEY_PARAM_RSA_D});
  if (has_private && jwk.contains("p")) {
    const field factors[] = {{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                             {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                             {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                             {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                             {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
    fields.insert(fields.end(), std::begin(factors), std::end(factors));
  }
  key_builder builder;
  for (const field& f : fields) {
    if (const auto done = builder.number(jwk, f.member, f.param); !done) return done.error();
  }
  return builder.build("RSA", has_private);
}

struct curve {
  const char* crv;
  const char* openssl;
  std::size_t bytes;
};

const curve* find_curve(const json::object& jwk, const std::vector<curve>& known) {
  const json::value* crv = jwk.if_contains("crv");
  if (!crv || !crv->is_string()) return nullptr;
  for (const curve& c : known) {
    if (crv->get_string() == c.crv) return &c;
  }
  return nullptr;
}

error unknown_curve(const json::object& jwk) {
  const json::value* crv = jwk.if_contains("crv");
  if (!crv || !crv->is_string()) return bad("the key has no crv");
  return error{errc::not_found,
               "its crv " + in_quotes(crv->get_string()) + " is not one that tokens use"};
}

result<key_material> read_ec(const json::object& jwk) {
  static const std::vector<curve> curves{
      {"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}};
  const curve* at = find_curve(jwk, curves);
  if (!at) return unknown_curve(jwk);
  std::string point(1, '\x04');  // SEC 1 §2.3.3: uncompressed
  for (const char* member : {"x", "y"}) {
    const auto coordinate = read_octets(jwk, member);
    if (!coordinate) return coordinate.error();
    if (coordinate->size() != at->bytes) {
      return bad(std::string(member) + " has " + std::to_string(coordinate->size()) + " bytes, " +
                 at->crv + " needs " + std::to_string(at->bytes));
    }
    point += *coordinate;
  }
  key_builder builder;
  const bool has_private = jwk.contains("d");
  if (has_private) {
    const auto done = builder.number(jwk, "d", OSSL_PKEY_PARAM_PRIV_KEY, at->bytes);
    if (!done) return done.error();
  }
  if (!builder.text(OSSL_PKEY_PARAM_GROUP_NAME, at->openssl) ||
      !builder.octets(OSSL_PKEY_PARAM_PUB_KEY, point)) {
    return bad("the key is not usable");
  }
  return builder.build("EC", has_private);
}

result<key_material> read_okp(const json::object& jwk) {
  static const std::vector<curve> curves{{"Ed25519", "ED25519", 32}, {"Ed448", "ED448", 57}};
  const curve* at = find_curve(jwk, curves);
  if (!at) return unknown_curve(jwk);
  key_builder builder;
  const bool has_private = jwk.contains("d");
  for (const char* member : {"x", "d"}) {
    const bool is_private = *member == 'd';
    if (is_private && !has_private) continue;
    const auto bytes = read_octets(jwk, member);
    if (!bytes) return bytes.error();
    if (bytes->size() != at->bytes) {
      return bad(std::string(member) + " has " + std::to_string(bytes->size()) + " bytes, " +
                 at->crv + " needs " + std::to_string(at->bytes));
    }
    const char* param = is_private ? OSSL_PKEY_PARAM_PRIV_KEY : OSSL_PKEY_PARAM_PUB_KEY;
    if (!builder.octets(param, *bytes)) return bad("the key is not usable");
  }
  return builder.build(at->openssl, has_private);
}

}  // namespace

result<std::string> read_octets(const json::object& jwk, const char* name) {
  const json::value* member = jwk.if_contains(name);
  if (!member || !member->is_string()) return bad(std::string("the key has no ") + name);
  auto bytes = base64url_decode(member->get_string());
  if (!bytes) return bad(std::string(name) + " is not base64url without padding");
  if (bytes->empty()) return bad(std::string(name) + " is empty");
  return std::move(*bytes);
}

result<key_material> read_public_key(const json::object& jwk, const std::string& kty) {
  if (kty == "RSA") return read_rsa(jwk);
  if (kty == "EC") return read_ec(jwk);
  if (kty == "OKP") return read_okp(jwk);
  return error{errc::not_found, "its kty " + in_quotes(kty) + " is not one that tokens use"};
}

}  // namespace roomlog
