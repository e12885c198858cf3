#include "ingress/auth/token_maker.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "ingress/auth/jwt.h"
#include "ingress/auth/jwt_base64.h"

namespace roomlog {
namespace {

namespace json = boost::json;

constexpr std::int64_t second = 1'000'000;

json::object to_json(const token_claims& claims) {
  json::object out;
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  text("iss", claims.issuer);
  text("sub", claims.user);
  text("aud", claims.audience);
  text("name", claims.name);
  text("device", claims.device);
  text("tenant", claims.tenant);
  text("scope", claims.scope);
  if (claims.issued.value != 0) out["iat"] = claims.issued.value / second;
  if (claims.expires.value != 0) out["exp"] = (claims.expires.value + second - 1) / second;
  return out;
}

}  // namespace

result<std::string> make_signed(const token_key& key, std::string_view payload,
                                std::optional<jws_algorithm> algorithm) {
  const jws_algorithm chosen = algorithm.value_or(key.allowed().first());
  json::object header{{"alg", to_string(chosen)}, {"typ", "JWT"}};
  if (!key.id().empty()) header["kid"] = key.id();
  std::string token = base64url_encode(json::serialize(header)) + "." + base64url_encode(payload);
  const auto signature = key.sign(chosen, token);
  if (!signature) return signature.error();
  token += "." + base64url_encode(*signature);
  if (token.size() > token_bytes_standard) {
    return error{errc::invalid, "the token would have " + std::to_string(token.size()) +
                                    " bytes, the limit is " + std::to_string(token_bytes_standard)};
  }
  return token;
}

result<std::string> make_token(const token_key& key, const token_claims& claims,
                               std::optional<jws_algorithm> algorithm) {
  const std::string payload = json::serialize(to_json(claims));
  const token_rules rules{
      .expiry = token_expiry::optional, .issuer = claims.issuer, .audience = claims.audience};
  const auto who = read_claims(payload, rules, claims.issued);
  if (!who) return error{errc::invalid, who.error().text};
  return make_signed(key, payload, algorithm);
}

}  // namespace roomlog
