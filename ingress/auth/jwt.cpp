#include "ingress/auth/jwt.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <stdexcept>

#include "ingress/auth/jwt_base64.h"
#include "ingress/auth/jwt_json.h"
#include "schemas/protocol/close_codes.h"

namespace roomlog {
namespace {

namespace json = boost::json;

token_error malformed(std::string text) {
  return token_error{token_error_kind::malformed, std::move(text)};
}
token_error untrusted(std::string text) {
  return token_error{token_error_kind::signature, std::move(text)};
}

// Views into the token.
struct token_parts {
  std::string_view header, payload, signature;
  std::string_view signed_input;  // header.payload, RFC 7515 §5.1
};

token_result<token_parts> split(std::string_view token, std::size_t bytes_max) {
  if (token.size() > bytes_max) {
    return malformed("the token is longer than " + std::to_string(bytes_max) + " bytes");
  }
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return malformed("a token has three parts, separated by dots");
  }
  return token_parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                     token.substr(second + 1), token.substr(0, second)};
}

struct token_header {
  jws_algorithm algorithm{};
  std::optional<std::string> kid;
};

// RFC 7515 §4.
token_result<token_header> read_header(std::string_view part) {
  const auto text = base64url_decode(part);
  if (!text) return malformed("the header is not base64url without padding");
  const auto header = parse_strict_object(*text);
  if (!header) return malformed("the header is " + header.error().text);
  if (header->contains("crit")) return malformed("the header asks for extensions (crit)");
  if (const json::value* b64 = header->if_contains("b64"); b64 && *b64 != json::value(true)) {
    return malformed("the header asks for a payload that is not base64url (b64)");
  }
  token_header out;
  if (const json::value* kid = header->if_contains("kid")) {
    if (!kid->is_string()) return malformed("kid in the header is not a string");
    out.kid = kid->get_string();
  }
  const json::value* alg = header->if_contains("alg");
  if (!alg || !alg->is_string()) return malformed("the header has no alg");
  const auto algorithm = parse_jws_algorithm(alg->get_string());
  if (!algorithm)
    return untrusted("the algorithm " + in_quotes(alg->get_string()) + " is not allowed");
  out.algorithm = *algorithm;
  return out;
}

std::vector<key_ptr> verifying(std::vector<key_ptr> keys) {
  std::erase_if(keys, [](const key_ptr& key) { return !key->can_verify(); });
  return keys;
}

}  // namespace

const char* to_string(token_error_kind kind) noexcept {
  switch (kind) {
    case token_error_kind::malformed:
      return "token_malformed";
    case token_error_kind::signature:
      return "token_signature";
    case token_error_kind::expired:
      return "token_expired";
    case token_error_kind::claims:
      return "token_claims";
  }
  return "token_malformed";
}

std::uint16_t close_code(token_error_kind kind) noexcept {
  if (kind == token_error_kind::signature) return close_codes::token_signature;
  return kind == token_error_kind::expired ? close_codes::token_expired
                                           : close_codes::token_malformed;
}

void throw_exception_from_error(const token_error& e, const boost::source_location&) {
  throw std::runtime_error(std::string(to_string(e.kind)) + ": " + e.text);
}

token_verifier::token_verifier(std::vector<key_ptr> keys, token_rules rules)
    : keys_(verifying(std::move(keys))), rules_(std::move(rules)) {}

void token_verifier::replace_keys(std::vector<key_ptr> keys) {
  keys_.set(verifying(std::move(keys)));
}

token_result<key_ptr> token_verifier::select(jws_algorithm algorithm,
                                             const std::string* kid) const {
  const auto keys = keys_.get();
  const auto with_id = [&](std::string_view id) {
    std::vector<key_ptr> found;
    for (const key_ptr& key : *keys) {
      if (key->id() == id) found.push_back(key);
    }
    return found;
  };
  std::vector<key_ptr> candidates = *keys;
  if (kid) {
    candidates = with_id(*kid);
    if (candidates.empty()) candidates = with_id("");
    if (candidates.empty()) return untrusted("no key has the kid " + in_quotes(*kid));
  }
  key_ptr chosen;
  for (const key_ptr& key : candidates) {
    if (!key->allowed().contains(algorithm)) continue;
    if (chosen) return untrusted("several keys fit this token: it needs a kid");
    chosen = key;
  }
  if (chosen) return chosen;
  return untrusted(std::string("the algorithm ") + to_string(algorithm) +
                   (candidates.size() == 1
                        ? " is not allowed: the key is for " + candidates[0]->allowed().text()
                        : " is not allowed: there is no key for it"));
}

token_result<verified_payload> token_verifier::verify_signature(std::string_view token) const {
  const auto parts = split(token, rules_.token_bytes_max);
  if (!parts) return parts.error();
  const auto header = read_header(parts->header);
  if (!header) return header.error();
  auto payload = base64url_decode(parts->payload);
  if (!payload) return malformed("the payload is not base64url without padding");
  const auto signature = base64url_decode(parts->signature);
  if (!signature) return malformed("the signature is not base64url without padding");

  const auto key = select(header->algorithm, header->kid ? &*header->kid : nullptr);
  if (!key) return key.error();
  if (signature->empty()) return untrusted("the signature is missing");
  if (!(*key)->verify(header->algorithm, parts->signed_input, *signature)) {
    return untrusted("the signature is wrong");
  }
  return verified_payload{std::move(*payload), header->algorithm, (*key)->id()};
}

token_result<principal> token_verifier::verify(std::string_view token, timestamp now) const {
  const auto checked = verify_signature(token);
  if (!checked) return checked.error();
  auto who = read_claims(checked->payload, rules_, now);
  if (who) who->key_id = checked->key_id;
  return who;
}

bool token_verifier::needs_offload(std::string_view token) const {
  const auto parts = split(token, rules_.token_bytes_max);
  if (!parts) return false;
  const auto header = read_header(parts->header);
  return header && family_of(header->algorithm) != jws_family::hmac &&
         select(header->algorithm, header->kid ? &*header->kid : nullptr).has_value();
}

}  // namespace roomlog
