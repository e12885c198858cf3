// The form of a token and of its header; the published examples; who is refused and how it is
// called.
#include "ingress/auth/jwt.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwt_base64.h"
#include "tests/ingress/auth/jwt_test_support.h"

namespace roomlog::testing {
namespace {

using namespace jwt;
using kind = token_error_kind;  // the keys' kinds are jwt::kind

const std::string rfc7515_payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";

std::string payload_of(const std::string& jwk, const std::string& token) {
  const auto checked = verifier_for(load(jwk)).verify_signature(token);
  return checked ? checked->payload : "refused: " + checked.error().text;
}

std::string joes_claims() {
  return *base64url_decode(rfc7515_payload);
}

kind refusal(const token_verifier& verifier, const std::string& token) {
  const auto checked = verifier.verify(token, now);
  EXPECT_TRUE(checked.has_error()) << token;
  return checked.has_error() ? checked.error().kind : kind{255};
}

std::string refusal_text(const token_verifier& verifier, const std::string& token) {
  const auto checked = verifier.verify(token, now);
  return checked ? "taken" : checked.error().text;
}

std::string good_token() {
  return sign(*secret_key(), jws_algorithm::hs256, good_payload());
}

// ---- published examples ----

TEST(jwt_examples, rfc7515_a1_hs256) {
  const std::string jwk =
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgU)"
      R"(uTwjAzZr1Z9CAow"})";
  EXPECT_EQ(payload_of(jwk, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + rfc7515_payload +
                                ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            joes_claims());
}

TEST(jwt_examples, rfc7515_a2_rs256) {
  const std::string jwk =
      R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4q)"
      R"(PCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0)"
      R"(LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo)"
      R"(5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyu)"
      R"(XpoQ","e":"AQAB"})";
  EXPECT_EQ(
      payload_of(
          jwk,
          "eyJhbGciOiJSUzI1NiJ9." + rfc7515_payload +
              ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YK"
              "t_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBAr"
              "LIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7n"
              "oOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUP"
              "QGe77Rw"),
      joes_claims());
}

TEST(jwt_examples, rfc7515_a3_es256) {
  const std::string jwk =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9)"
      R"(m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
  EXPECT_EQ(payload_of(jwk, "eyJhbGciOiJFUzI1NiJ9." + rfc7515_payload +
                                ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSAp"
                                "mWQxfKTUJqPP3-Kg6NU1Q"),
            joes_claims());
}

TEST(jwt_examples, rfc7515_a4_es512) {
  const std::string jwk =
      R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_Nj)"
      R"(FZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDh)"
      R"(jDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})";
  EXPECT_EQ(
      payload_of(jwk,
                 "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cw"
                 "nZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRw"
                 "cdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"),
      "Payload");
}

TEST(jwt_examples, rfc7515_a5_unsecured_is_refused) {
  const auto checked =
      verifier_for(secret_key()).verify_signature("eyJhbGciOiJub25lIn0." + rfc7515_payload + ".");
  ASSERT_TRUE(checked.has_error());
  EXPECT_EQ(checked.error().kind, kind::signature);
  EXPECT_EQ(checked.error().text, "the algorithm \"none\" is not allowed");
}

TEST(jwt_examples, rfc8037_a4_ed25519) {
  const std::string jwk =
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  EXPECT_EQ(payload_of(jwk,
                       "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0Jzln"
                       "LWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"),
            "Example of Ed25519 signing");
}

// ---- base64url ----

TEST(jwt_base64, encodes_the_examples_of_rfc4648_without_padding) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(jwt_base64, refuses_every_other_spelling) {
  for (const char* text : {"Zg==", "Zm8=", "Z", "A", "Zm9vZ", "Zm9vA", "Zm 9v", "Zm9v\n", "+_8",
                           "-/8", "Zm9v.", "Zh", "Zm9", "\xc3\xa4zz"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
  EXPECT_EQ(base64url_decode("Zg"), "f");
  EXPECT_EQ(base64url_decode(""), "");
}

// ---- form ----

TEST(jwt_form, a_good_token_names_its_user) {
  const auto who = verifier_for(secret_key()).verify(good_token(), now);
  ASSERT_TRUE(who.has_value()) << who.error().text;
  EXPECT_EQ(who->user, "ann");
  EXPECT_EQ(who->tenant, "default");
  EXPECT_EQ(who->expires.value, (now_seconds + 3600) * 1'000'000);
}

TEST(jwt_form, other_than_three_parts_is_malformed) {
  const auto verifier = verifier_for(secret_key());
  const std::string token = good_token();
  const std::string without_signature = token.substr(0, token.rfind('.'));
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("abc"), without_signature,
        token + ".", token + ".x", "." + token, " " + token, token + " ", token + "\n"}) {
    EXPECT_EQ(refusal(verifier, bad), kind::malformed) << bad;
  }
}

TEST(jwt_form, a_stripped_signature_is_wrong) {
  const std::string token = good_token();
  EXPECT_EQ(refusal(verifier_for(secret_key()), token.substr(0, token.rfind('.') + 1)),
            kind::signature);
}

TEST(jwt_form, any_flipped_bit_is_refused) {
  const auto verifier = verifier_for(secret_key());
  const std::string token = good_token();
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = token;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      const auto checked = verifier.verify(bad, now);
      ASSERT_TRUE(checked.has_error()) << bad;
      EXPECT_TRUE(checked.error().kind == kind::malformed ||
                  checked.error().kind == kind::signature);
    }
  }
}

TEST(jwt_form, unused_bits_of_a_part_must_be_zero) {
  // 32 bytes of HMAC leave two unused bits in the last of 43 characters.
  std::string token = good_token();
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = alphabet[alphabet.find(token.back()) + 1];
  EXPECT_EQ(refusal(verifier_for(secret_key()), token), kind::malformed);
}

TEST(jwt_form, a_token_may_have_4096_bytes_unless_told_otherwise_and_not_one_more) {
  const auto key = secret_key();
  const auto verifier = verifier_for(key);
  const auto token_of_size = [&](std::size_t size) {
    std::string filler;
    for (;;) {
      const std::string token =
          sign(*key, jws_algorithm::hs256, "{\"alg\":\"HS256\",\"x\":\"" + filler + "\"}",
               good_payload());
      if (token.size() >= size) return token;
      filler += 'x';
    }
  };
  EXPECT_TRUE(verifier.verify(token_of_size(4096), now).has_value());
  ASSERT_EQ(token_of_size(4096).size(), 4096u);
  const std::string longer = token_of_size(4097);
  EXPECT_EQ(refusal(verifier, longer), kind::malformed);
  EXPECT_EQ(refusal_text(verifier, longer), "the token is longer than 4096 bytes");
  const token_verifier more({key}, {.token_bytes_max = longer.size()});
  EXPECT_TRUE(more.verify(longer, now).has_value());
  const token_verifier less({key}, {.token_bytes_max = longer.size() - 1});
  EXPECT_EQ(refusal(less, longer), kind::malformed);
}

TEST(jwt_form, the_json_serialization_is_not_a_token) {
  EXPECT_EQ(refusal(verifier_for(secret_key()), R"({"payload":"e30","protected":"e30"})"),
            kind::malformed);
}

// ---- header ----

kind header_refusal(const std::string& header) {
  const auto key = secret_key();
  return refusal(verifier_for(key), sign(*key, jws_algorithm::hs256, header, good_payload()));
}

TEST(jwt_header, must_be_a_strict_json_object_with_an_alg) {
  for (const char* header : {"",
                             "{",
                             "[]",
                             "\"HS256\"",
                             "null",
                             "{}",
                             R"({"alg":null})",
                             R"({"alg":5})",
                             R"({"alg":["HS256"]})",
                             R"({"alg":"HS256"}x)",
                             R"({"alg":"HS256","alg":"HS256"})",
                             R"({"alg":"none","alg":"HS256"})",
                             R"({"alg":"HS256","x":{"y":1,"y":2}})",
                             R"({"alg":"HS256","\u0061lg":"HS256"})",
                             R"({"alg":"HS256","x":1e400})",
                             R"({"alg":"HS256","x":"\ud800"})",
                             R"({"alg":"HS256",})",
                             R"({alg:"HS256"})",
                             "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
                             "\xef\xbb\xbf{\"alg\":\"HS256\"}",
                             R"({"alg":"HS256","kid":5})"}) {
    EXPECT_EQ(header_refusal(header), kind::malformed) << header;
  }
}

TEST(jwt_header, huge_nesting_is_malformed) {
  const std::string deep =
      "{\"alg\":\"HS256\",\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
  EXPECT_EQ(header_refusal(deep), kind::malformed);
}

TEST(jwt_header, algorithms_that_are_not_allowed_are_a_signature_error) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "hs256", "HS256 ", "ES256K", "RS1", "RSA",
                          "HS224", "A128KW", "dir", "Ed25519", ""}) {
    EXPECT_EQ(header_refusal(std::string(R"({"alg":")") + alg + "\"}"), kind::signature) << alg;
  }
}

TEST(jwt_header, extensions_are_refused) {
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","crit":["exp"],"exp":1})"), kind::malformed);
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","crit":[]})"), kind::malformed);
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","b64":false,"crit":["b64"]})"), kind::malformed);
  EXPECT_EQ(header_refusal(R"({"alg":"HS256","b64":false})"), kind::malformed);
}

TEST(jwt_header, unknown_members_and_white_space_do_not_matter) {
  const auto key = secret_key();
  const std::string header =
      "{ \"typ\" : \"JWT\",\r\n\t\"cty\":\"x\", \"b64\":true, \"alg\":\"HS256\", \"x\":[1,{}] }";
  EXPECT_TRUE(verifier_for(key)
                  .verify(sign(*key, jws_algorithm::hs256, header, good_payload()), now)
                  .has_value());
}

TEST(jwt_header, keys_that_the_token_brings_are_not_looked_at) {
  const auto& mine = forms_of(jwt::kind::p256);
  const auto attacker = load(forms_of(jwt::kind::ed25519).private_jwk);
  const std::string header = R"({"alg":"EdDSA","jwk":)" + forms_of(jwt::kind::ed25519).public_jwk +
                             R"(,"jku":"https://example.com/k","x5u":"https://example.com/c"})";
  EXPECT_EQ(refusal(verifier_for(load(mine.public_jwk)),
                    sign(*attacker, jws_algorithm::eddsa, header, good_payload())),
            kind::signature);
}

// ---- which key ----

std::string with_kid(const std::string& kid) {
  return R"({"alg":"HS256","kid":")" + kid + "\"}";
}
key_ptr secret_with_kid(const std::string& kid, const std::string& bytes) {
  return load(R"({"kty":"oct","kid":")" + kid + R"(","k":")" + base64url_encode(bytes) + "\"}");
}

TEST(jwt_key_choice, the_kid_names_the_key) {
  const auto first = secret_with_kid("1", std::string(32, 'a'));
  const auto second = secret_with_kid("2", std::string(32, 'b'));
  const token_verifier verifier({first, second});
  const auto token = [&](const key_ptr& key, const std::string& kid) {
    return sign(*key, jws_algorithm::hs256, with_kid(kid), good_payload());
  };
  const auto who = verifier.verify(token(second, "2"), now);
  ASSERT_TRUE(who.has_value());
  EXPECT_EQ(who->key_id, "2");
  EXPECT_EQ(refusal(verifier, token(second, "1")), kind::signature);
  EXPECT_EQ(refusal_text(verifier, token(second, "3")), "no key has the kid \"3\"");
}

TEST(jwt_key_choice, a_token_without_kid_needs_exactly_one_key_of_its_algorithm) {
  const auto first = secret_with_kid("1", std::string(32, 'a'));
  const auto second = secret_with_kid("2", std::string(32, 'b'));
  const std::string token = sign(*first, jws_algorithm::hs256, good_payload());
  EXPECT_TRUE(token_verifier({first}).verify(token, now).has_value());
  EXPECT_TRUE(token_verifier({first, load(forms_of(jwt::kind::p256).public_jwk)})
                  .verify(token, now)
                  .has_value());
  EXPECT_EQ(refusal_text(token_verifier({first, second}), token),
            "several keys fit this token: it needs a kid");
}

TEST(jwt_key_choice, a_key_without_kid_stands_for_any) {
  const auto key = secret_key();
  EXPECT_TRUE(verifier_for(key)
                  .verify(sign(*key, jws_algorithm::hs256, with_kid("x"), good_payload()), now)
                  .has_value());
}

TEST(jwt_key_choice, no_keys_refuse_everything) {
  EXPECT_EQ(refusal(token_verifier({}), good_token()), kind::signature);
}

// ---- naming and cost ----

TEST(jwt_errors, have_the_codes_of_the_protocol) {
  EXPECT_STREQ(to_string(kind::malformed), "token_malformed");
  EXPECT_STREQ(to_string(kind::signature), "token_signature");
  EXPECT_STREQ(to_string(kind::expired), "token_expired");
  EXPECT_STREQ(to_string(kind::claims), "token_claims");
  EXPECT_EQ(close_code(kind::malformed), 4501);
  EXPECT_EQ(close_code(kind::claims), 4501);
  EXPECT_EQ(close_code(kind::signature), 4502);
  EXPECT_EQ(close_code(kind::expired), 4503);
}

TEST(jwt_errors, what_a_stranger_wrote_is_cleaned_and_cut) {
  const auto key = secret_key();
  const std::string header = "{\"alg\":\"" + std::string(100, 'x') + "\"}";
  EXPECT_EQ(refusal_text(verifier_for(key), sign(*key, jws_algorithm::hs256, header, "{}")),
            "the algorithm \"" + std::string(48, 'x') + "\"… is not allowed");
  EXPECT_EQ(refusal_text(verifier_for(key),
                         sign(*key, jws_algorithm::hs256, R"({"alg":"\n\u001b[1m\"ä"})", "{}")),
            "the algorithm \"??[1m???\" is not allowed");
}

TEST(jwt_cost, asymmetric_signatures_are_checked_elsewhere) {
  const auto rsa = load(forms_of(jwt::kind::rsa2048).private_jwk);
  const token_verifier verifier({secret_key(), rsa});
  EXPECT_TRUE(verifier.needs_offload(sign(*rsa, jws_algorithm::ps256, good_payload())));
  EXPECT_FALSE(verifier.needs_offload(good_token()));
  EXPECT_FALSE(verifier.needs_offload("x.y.z"));
  const auto ed = load(forms_of(jwt::kind::ed25519).private_jwk);
  EXPECT_FALSE(verifier.needs_offload(sign(*ed, jws_algorithm::eddsa, good_payload())))
      << "no key is for it, so it is refused at once";
}

// Whatever began before goes by the old keys, whatever begins behind by the new ones.
TEST(jwt_keys_replaced, while_tokens_are_checked) {
  const auto other = load(make_forms(jwt::kind::ed25519).private_jwk);
  token_verifier verifier({secret_key()});
  const std::string by_secret = sign(*secret_key(), jws_algorithm::hs256, good_payload());
  const std::string by_pair = sign(*other, jws_algorithm::eddsa, good_payload());
  std::atomic<bool> over{false};
  std::thread asking([&] {
    while (!over) {
      const auto who = verifier.verify(by_secret, now);
      EXPECT_TRUE(who || who.error().kind == token_error_kind::signature);
    }
  });
  for (int i = 0; i < 200; ++i) {
    verifier.replace_keys({other});
    EXPECT_FALSE(verifier.verify(by_secret, now));
    EXPECT_TRUE(verifier.verify(by_pair, now));
    EXPECT_TRUE(verifier.needs_offload(by_pair));
    verifier.replace_keys({secret_key()});
    EXPECT_TRUE(verifier.verify(by_secret, now));
    EXPECT_FALSE(verifier.verify(by_pair, now));
    EXPECT_FALSE(verifier.needs_offload(by_pair));
  }
  over = true;
  asking.join();
}

}  // namespace
}  // namespace roomlog::testing
