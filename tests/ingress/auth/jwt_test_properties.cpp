// Whatever bytes come, the answer is a refusal or a principal within its bounds, never a crash.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <rapidcheck/gtest.h>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwt_base64.h"
#include "tests/ingress/auth/jwt_test_support.h"

namespace roomlog::testing {
namespace {

using namespace jwt;

RC_GTEST_PROP(jwt_properties, base64url_decodes_what_it_encodes, (const std::string& bytes)) {
  RC_ASSERT(base64url_decode(base64url_encode(bytes)) == bytes);
}

RC_GTEST_PROP(jwt_properties, one_text_for_each_sequence_of_bytes, (const std::string& noise)) {
  const auto bytes = base64url_decode(noise);
  if (bytes) RC_ASSERT(base64url_encode(*bytes) == noise);
}

RC_GTEST_PROP(jwt_properties, random_tokens_are_refused, (const std::string& noise)) {
  static const auto verifier = verifier_for(secret_key());
  RC_ASSERT(verifier.verify(noise, now).has_error());
  RC_ASSERT(!verifier.needs_offload(noise));
}

RC_GTEST_PROP(jwt_properties, random_parts_are_refused,
              (const std::string& header, const std::string& payload, const std::string& tail)) {
  static const auto verifier = verifier_for(secret_key());
  const std::string token =
      base64url_encode(header) + "." + base64url_encode(payload) + "." + base64url_encode(tail);
  RC_ASSERT(verifier.verify(token, now).has_error());
}

RC_GTEST_PROP(jwt_properties, random_headers_that_are_signed_are_refused_as_what_they_are,
              (const std::string& header)) {
  static const auto key = secret_key();
  const auto checked =
      verifier_for(key).verify(sign(*key, jws_algorithm::hs256, header, good_payload()), now);
  RC_ASSERT(checked.has_error());
}

RC_GTEST_PROP(jwt_properties, any_payload_that_is_signed_comes_back, (const std::string& payload)) {
  static const auto key = secret_key();
  const auto checked =
      verifier_for(key).verify_signature(sign(*key, jws_algorithm::hs256, payload));
  RC_ASSERT(checked.has_value());
  RC_ASSERT(checked->payload == payload);
}

RC_GTEST_PROP(jwt_properties, random_claims_give_a_principal_within_bounds_or_a_refusal,
              (const std::string& payload)) {
  const auto who = read_claims(payload, {}, now);
  if (who) RC_ASSERT(!who->user.empty() && who->user.size() <= sub_chars_max);
}

RC_GTEST_PROP(jwt_properties, a_changed_character_of_a_key_never_crashes, ()) {
  const auto of = *rc::gen::element(kind::rsa2048, kind::p256, kind::ed25519);
  std::string jwk = forms_of(of).private_jwk;
  const auto at = *rc::gen::inRange<std::size_t>(0, jwk.size());
  jwk[at] = *rc::gen::arbitrary<char>();
  const auto set = parse_jwk(jwk, "key");
  if (set) RC_ASSERT(set->keys.size() == 1u);
}

RC_GTEST_PROP(jwt_properties, random_key_files_never_crash, (const std::string& noise)) {
  RC_ASSERT(parse_jwk(noise, "key").has_error());
  RC_ASSERT(parse_pem_public_key(noise, "key").has_error());
}

}  // namespace
}  // namespace roomlog::testing
