#include "ingress/auth/jwt_claims.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <optional>

#include "ingress/auth/jwt_json.h"
#include "schemas/text/time_text.h"

namespace roomlog {
namespace {

namespace json = boost::json;

constexpr std::int64_t numeric_date_end = 253'402'300'800;  // 10000-01-01T00:00:00Z

token_error unfit(std::string text) {
  return token_error{token_error_kind::claims, std::move(text)};
}

bool within(std::string_view text, char low, char high) {
  return std::ranges::all_of(text, [=](char c) { return c >= low && c <= high; });
}

bool is_tenant(std::string_view text) {
  return !text.empty() && text.size() <= tenant_chars_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// C0, DEL and C1 (U+0080 to U+009F, in UTF-8 C2 80 to C2 9F).
bool has_control_character(std::string_view text) {
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte < 0xa0)) return true;
    before = byte;
  }
  return false;
}

token_result<std::optional<std::string>> text_claim(const json::object& claims, const char* name) {
  const json::value* claim = claims.if_contains(name);
  if (!claim) return std::optional<std::string>{};
  if (!claim->is_string()) return unfit(std::string(name) + " is not a string");
  return std::optional<std::string>{claim->get_string()};
}

// NumericDate (RFC 7519 §2): seconds, perhaps with a fraction.
token_result<std::optional<timestamp>> time_claim(const json::object& claims, const char* name) {
  const json::value* claim = claims.if_contains(name);
  if (!claim) return std::optional<timestamp>{};
  const auto out_of_range = [&] {
    return unfit(std::string(name) + " is not a time between the years 1970 and 9999");
  };
  if (claim->is_double()) {
    const double seconds = claim->get_double();
    if (!(seconds >= 0 && seconds < static_cast<double>(numeric_date_end))) return out_of_range();
    return std::optional{timestamp{static_cast<std::int64_t>(std::floor(seconds * 1e6))}};
  }
  if (!claim->is_number()) return unfit(std::string(name) + " is not a number");
  if (!claim->is_int64()) return out_of_range();
  const std::int64_t seconds = claim->get_int64();
  if (seconds < 0 || seconds >= numeric_date_end) return out_of_range();
  return std::optional{timestamp{seconds * 1'000'000}};
}

token_result<bool> audience_fits(const json::object& claims, const std::string& wanted) {
  const json::value* claim = claims.if_contains("aud");
  if (!claim) return wanted.empty();
  if (claim->is_string()) return !wanted.empty() && claim->get_string() == wanted;
  if (!claim->is_array()) return unfit("aud is neither a string nor an array");
  bool named = false;
  for (const json::value& one : claim->get_array()) {
    if (!one.is_string()) return unfit("aud contains an item that is not a string");
    named = named || one.get_string() == wanted;
  }
  return !wanted.empty() && named;
}

token_result<principal> read_identity(const json::object& claims) {
  principal who;
  const auto sub = text_claim(claims, "sub");
  if (!sub) return sub.error();
  if (!*sub) return unfit("sub is missing");
  who.user = **sub;
  if (who.user.empty() || who.user.size() > sub_chars_max || !within(who.user, 0x20, 0x7e)) {
    return unfit("sub must be 1 to 255 characters of 0x20 to 0x7E");
  }
  const auto tenant = text_claim(claims, "tenant");
  if (!tenant) return tenant.error();
  if (*tenant) who.tenant = **tenant;
  if (!is_tenant(who.tenant)) return unfit("tenant must be 1 to 32 characters of [a-z0-9_-]");
  const auto name = text_claim(claims, "name");
  if (!name) return name.error();
  who.name = name->value_or("");
  if (who.name.size() > name_bytes_max || has_control_character(who.name)) {
    return unfit("name must be at most 256 bytes of UTF-8 without control characters");
  }
  const auto device = text_claim(claims, "device");
  if (!device) return device.error();
  who.device = device->value_or("");
  if (*device && (who.device.empty() || who.device.size() > device_chars_max ||
                  !within(who.device, 0x21, 0x7e))) {
    return unfit("device must be 1 to 64 characters of 0x21 to 0x7E");
  }
  return who;
}

token_result<bool> read_scope(const json::object& claims, principal& who) {
  const auto scope = text_claim(claims, "scope");
  if (!scope) return scope.error();
  std::string_view rest = *scope ? std::string_view(**scope) : std::string_view();
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    who.admin = who.admin || word == "admin";
    who.audit = who.audit || word == "audit";
    who.unlimited = who.unlimited || word == "unlimited";
  }
  return true;
}

token_result<bool> check_times(const json::object& claims, const token_rules& rules, timestamp now,
                               principal& who) {
  const auto exp = time_claim(claims, "exp");
  if (!exp) return exp.error();
  const auto nbf = time_claim(claims, "nbf");
  if (!nbf) return nbf.error();
  const auto iat = time_claim(claims, "iat");
  if (!iat) return iat.error();
  const std::int64_t leeway_us = std::chrono::microseconds(rules.leeway).count();
  const std::int64_t start_leeway_us =
      std::max(leeway_us, std::chrono::microseconds(rules.start_leeway).count());

  if (!*exp && rules.expiry == token_expiry::required) return unfit("exp is missing");
  if (*exp) {
    who.expires = timestamp{(*exp)->value + leeway_us};
    if (now >= who.expires) {
      return token_error{token_error_kind::expired, "expired at " + time_text(**exp)};
    }
  }
  const timestamp latest{now.value + start_leeway_us};
  if (*nbf && **nbf > latest) return unfit("not valid before " + time_text(**nbf) + " (nbf)");
  if (*iat && **iat > latest) return unfit("issued in the future, " + time_text(**iat) + " (iat)");
  who.issued = iat->value_or(timestamp{});
  return true;
}

token_result<bool> check_parties(const json::object& claims, const token_rules& rules) {
  const auto issuer = text_claim(claims, "iss");
  if (!issuer) return issuer.error();
  if (!rules.issuer.empty() && *issuer != rules.issuer) {
    return unfit("iss is not " + in_quotes(rules.issuer));
  }
  const auto fits = audience_fits(claims, rules.audience);
  if (!fits) return fits.error();
  if (*fits) return true;
  return unfit(rules.audience.empty() ? "the token has an aud, and no audience is configured here"
                                      : "aud does not name " + in_quotes(rules.audience));
}

}  // namespace

token_result<principal> read_claims(std::string_view payload, const token_rules& rules,
                                    timestamp now) {
  const auto claims = parse_strict_object(payload);
  if (!claims) {
    return token_error{token_error_kind::malformed, "the payload is " + claims.error().text};
  }
  auto who = read_identity(*claims);
  if (!who) return who;
  if (const auto done = read_scope(*claims, *who); !done) return done.error();
  if (const auto done = check_parties(*claims, rules); !done) return done.error();
  if (const auto done = check_times(*claims, rules, now, *who); !done) return done.error();
  return who;
}

}  // namespace roomlog
