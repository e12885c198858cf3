#include "ingress/auth/jwk.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <set>

#include "ingress/auth/jwk_material.h"
#include "ingress/auth/jwt_json.h"

namespace roomlog {
namespace {

namespace json = boost::json;

constexpr std::size_t kid_bytes_max = 256;
constexpr std::size_t keys_max = 256;

// A key, or the reason why it cannot be used.
struct candidate {
  key_ptr key;
  std::string skipped;
};

error bad(errc code, const std::string& source, const std::string& text) {
  return error{code, source + ": " + text};
}

// A member that must be a string if it is there.
result<std::string> optional_text(const json::object& jwk, const char* name,
                                  const std::string& source) {
  const json::value* member = jwk.if_contains(name);
  if (!member) return std::string{};
  if (!member->is_string())
    return bad(errc::invalid, source, std::string(name) + " is not a string");
  return std::string{member->get_string()};
}

// RFC 7517 §4.3: what the key is meant for. A private key that may sign lets its public half
// verify.
result<> read_key_ops(const json::object& jwk, bool has_private_half, key_description& out) {
  const json::value* member = jwk.if_contains("key_ops");
  if (!member) return {};
  if (!member->is_array()) return bad(errc::invalid, out.source, "key_ops is not an array");
  std::set<std::string_view> ops;
  for (const json::value& op : member->get_array()) {
    if (!op.is_string() || !ops.insert(op.get_string()).second) {
      return bad(errc::invalid, out.source, "key_ops must hold strings, each once");
    }
  }
  out.may_sign = ops.contains("sign");
  out.may_verify = ops.contains("verify") || (has_private_half && out.may_sign);
  return {};
}

// Reads what is said about the key. A text: why it is not one for us.
result<std::string> describe(const json::object& jwk, const std::string& kty,
                             key_description& out) {
  const auto kid = optional_text(jwk, "kid", out.source);
  if (!kid) return kid.error();
  if (kid->size() > kid_bytes_max) return bad(errc::invalid, out.source, "kid is too long");
  out.id = *kid;
  const auto use = optional_text(jwk, "use", out.source);
  if (!use) return use.error();
  if (jwk.contains("use") && *use != "sig")
    return "its use is " + in_quotes(*use) + ", not \"sig\"";
  const bool has_private_half = kty != "oct" && jwk.contains("d");
  if (const auto done = read_key_ops(jwk, has_private_half, out); !done) return done.error();
  if (!out.may_sign && !out.may_verify) return std::string("its key_ops are not for signatures");
  const auto alg = optional_text(jwk, "alg", out.source);
  if (!alg) return alg.error();
  if (jwk.contains("alg")) {
    out.algorithm = parse_jws_algorithm(*alg);
    if (!out.algorithm) return "its alg " + in_quotes(*alg) + " is not one that tokens may have";
  }
  return std::string{};
}

result<candidate> parse_one(const json::object& jwk, const std::string& source) {
  key_description about;
  about.source = source;
  const auto kty = optional_text(jwk, "kty", source);
  if (!kty) return kty.error();
  if (kty->empty()) return bad(errc::invalid, source, "the key has no kty");
  const auto unfit = describe(jwk, *kty, about);
  if (!unfit) return unfit.error();
  if (!unfit->empty()) return candidate{nullptr, source + ": " + *unfit};

  if (*kty == "oct") {
    auto secret = read_octets(jwk, "k");
    if (!secret) return bad(errc::invalid, source, secret.error().text);
    auto key = token_key::from_secret(std::move(*secret), std::move(about));
    if (!key) return key.error();
    return candidate{*key, {}};
  }
  auto material = read_public_key(jwk, *kty);
  if (!material && material.error().code == errc::not_found) {
    return candidate{nullptr, source + ": " + material.error().text};
  }
  if (!material) return bad(errc::invalid, source, material.error().text);
  auto key = material->has_private
                 ? token_key::from_pair(std::move(material->pkey), std::move(about))
                 : token_key::from_pkey(std::move(material->pkey), std::move(about));
  if (!key) return key.error();
  return candidate{*key, {}};
}

result<> check_together(const key_set& set, const std::string& source) {
  std::set<std::string_view> ids;
  for (const key_ptr& key : set.keys) {
    if (!key->id().empty() && !ids.insert(key->id()).second) {
      return bad(errc::invalid, source, "two keys have the kid " + in_quotes(key->id()));
    }
    if (key->is_secret() != set.keys.front()->is_secret()) {
      return bad(errc::invalid, source, "a set must not contain both secrets and public keys");
    }
  }
  return {};
}

result<key_set> parse_set(const json::value& members, const std::string& source) {
  if (!members.is_array()) return bad(errc::malformed, source, "keys is not an array");
  if (members.get_array().size() > keys_max) {
    return bad(errc::invalid, source, "more than " + std::to_string(keys_max) + " keys");
  }
  key_set set;
  std::size_t index = 0;
  for (const json::value& member : members.get_array()) {
    const std::string place = source + " key " + std::to_string(++index);
    if (!member.is_object()) return bad(errc::malformed, place, "is not an object");
    auto one = parse_one(member.get_object(), place);
    if (!one) return one.error();
    if (one->key) {
      set.keys.push_back(std::move(one->key));
    } else {
      set.skipped.push_back(std::move(one->skipped));
    }
  }
  if (const auto done = check_together(set, source); !done) return done.error();
  return set;
}

}  // namespace

result<key_set> parse_jwk(std::string_view text, const std::string& source) {
  const auto object = parse_strict_object(text);
  if (!object) return bad(errc::malformed, source, object.error().text);
  if (const json::value* members = object->if_contains("keys")) {
    auto set = parse_set(*members, source);
    if (set && set->keys.empty()) {
      std::string text_out = "the set has no key that can be used";
      for (const std::string& reason : set->skipped) text_out += "; " + reason;
      return bad(errc::invalid, source, text_out);
    }
    return set;
  }
  auto one = parse_one(*object, source);
  if (!one) return one.error();
  if (!one->key) return error{errc::invalid, one->skipped};
  return key_set{{std::move(one->key)}, {}};
}

result<key_ptr> parse_pem_public_key(std::string_view pem, const std::string& source) {
  struct bio_deleter {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  };
  const std::unique_ptr<BIO, bio_deleter> bio{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  evp_pkey_ptr pkey{bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr};
  ERR_clear_error();
  if (!pkey)
    return bad(errc::malformed, source,
               "the file does not contain a PEM public key (BEGIN PUBLIC KEY)");
  key_description about;
  about.source = source;
  return token_key::from_pkey(std::move(pkey), std::move(about));
}

result<key_ptr> parse_secret(std::string_view contents, const std::string& source) {
  if (contents.ends_with('\n')) contents.remove_suffix(1);
  if (contents.ends_with('\r')) contents.remove_suffix(1);
  if (contents.starts_with("-----BEGIN") || contents.starts_with('{')) {
    return bad(errc::invalid, source, "looks like a PEM or JSON key, not like an HMAC secret");
  }
  key_description about;
  about.source = source;
  return token_key::from_secret(std::string(contents), std::move(about));
}

}  // namespace roomlog
