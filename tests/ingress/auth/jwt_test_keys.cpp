// Which keys are let in: JWKs, sets of them, PEM, secrets.
#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwt_base64.h"
#include "tests/ingress/auth/jwt_test_support.h"

namespace roomlog::testing {
namespace {

using namespace jwt;

errc refusal(const std::string& jwk) {
  const auto set = parse_jwk(jwk, "k.json");
  EXPECT_TRUE(set.has_error()) << jwk;
  return set.has_error() ? set.error().code : errc{};
}
bool refused(const std::string& jwk) {
  return refusal(jwk) == errc::invalid;
}
std::string reason(const std::string& jwk) {
  const auto set = parse_jwk(jwk, "k.json");
  return set ? "taken" : set.error().text;
}
bool loads(const std::string& jwk) {
  const auto set = parse_jwk(jwk, "k.json");
  EXPECT_TRUE(set.has_value()) << set.error().text;
  return set.has_value();
}

std::string oct(std::size_t bytes, const std::string& more = {}) {
  return R"({"kty":"oct","k":")" + base64url_encode(std::string(bytes, 'k')) + "\"" + more + "}";
}
const std::string& ec() {
  return forms_of(kind::p256).public_jwk;
}
const std::string& rsa() {
  return forms_of(kind::rsa2048).public_jwk;
}
std::string set_of(std::initializer_list<std::string> keys) {
  std::string out;
  for (const auto& key : keys) out += (out.empty() ? "" : ",") + key;
  return "{\"keys\":[" + out + "]}";
}

TEST(jwk_secrets, need_32_bytes_and_as_many_as_their_hash_has) {
  EXPECT_TRUE(refused(oct(31)));
  EXPECT_EQ(load(oct(32))->allowed().text(), "HS256");
  EXPECT_EQ(load(oct(47))->allowed().text(), "HS256");
  EXPECT_EQ(load(oct(48))->allowed().text(), "HS256, HS384");
  EXPECT_EQ(load(oct(64))->allowed().text(), "HS256, HS384, HS512");
  EXPECT_TRUE(refused(oct(47, R"(,"alg":"HS384")")));
  EXPECT_TRUE(loads(oct(48, R"(,"alg":"HS384")")));
  EXPECT_TRUE(refused(oct(63, R"(,"alg":"HS512")")));
  EXPECT_TRUE(loads(oct(64, R"(,"alg":"HS512")")));
  EXPECT_TRUE(refused(R"({"kty":"oct","k":""})"));
  EXPECT_TRUE(refused(R"({"kty":"oct"})"));
  EXPECT_EQ(reason(oct(31)),
            "k.json: a secret of 31 bytes is too short; at least 32 bytes are required");
}

TEST(jwk_secrets, a_secret_file_is_its_bytes_without_one_line_break) {
  const std::string bytes(32, 's');
  const auto plain = parse_secret(bytes, "f").value();
  const std::string signature = plain->sign(jws_algorithm::hs256, "x").value();
  for (const char* end : {"\n", "\r\n"}) {
    const auto key = parse_secret(bytes + end, "f").value();
    EXPECT_TRUE(key->verify(jws_algorithm::hs256, "x", signature));
  }
  EXPECT_FALSE(
      parse_secret(bytes + "\n\n", "f").value()->verify(jws_algorithm::hs256, "x", signature));
  EXPECT_FALSE(parse_secret(std::string(31, 's') + "\n", "f").has_value());
}

TEST(jwk_secrets, a_public_key_is_not_taken_for_a_secret) {
  EXPECT_FALSE(parse_secret(forms_of(kind::rsa2048).pem, "f").has_value());
  EXPECT_FALSE(parse_secret(rsa(), "f").has_value());
}

TEST(jwk_rsa, needs_2048_bits_and_a_sound_exponent) {
  EXPECT_TRUE(loads(rsa()));
  EXPECT_TRUE(refused(forms_of(kind::rsa1024).public_jwk));
  EXPECT_NE(reason(forms_of(kind::rsa1024).public_jwk).find("1024 bits"), std::string::npos);
  EXPECT_TRUE(loads(with(rsa(), "e", R"("Aw")")));
  for (const char* e : {R"("AQ")", R"("Ag")", R"("AA")", R"("AQAA")", R"("AQAAAAAAAAAB")", R"("")",
                        R"("AQAB==")", "65537"}) {
    EXPECT_TRUE(refused(with(rsa(), "e", e))) << e;
  }
  EXPECT_TRUE(refused(without(rsa(), "e")));
  EXPECT_TRUE(refused(without(rsa(), "n")));
  EXPECT_TRUE(refused(with(rsa(), "n", "\"" + base64url_encode(std::string(1025, '\xff')) + "\"")));
}

TEST(jwk_rsa, the_weak_generator_of_2017_is_noticed) {
  // Any 65537^a mod M looks like one of its moduli, M being the product of the small primes.
  BN_CTX* ctx = BN_CTX_new();
  BIGNUM *modulus = BN_new(), *product = BN_new(), *power = BN_new(), *base = BN_new();
  BN_one(product);
  for (const BN_ULONG prime :
       {2,  3,  5,  7,  11, 13,  17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67, 71,
        73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167}) {
    BN_mul_word(product, prime);
  }
  BN_set_word(base, 65537);
  BN_set_word(power, 123456789);
  BN_mod_exp(modulus, base, power, product, ctx);
  BN_lshift(base, product, 1900);  // k·M, to have the bits
  BN_add(modulus, modulus, base);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(modulus)), '\0');
  BN_bn2bin(modulus, reinterpret_cast<unsigned char*>(bytes.data()));
  for (BIGNUM* n : {modulus, product, power, base}) BN_free(n);
  BN_CTX_free(ctx);
  EXPECT_NE(reason(with(rsa(), "n", "\"" + base64url_encode(bytes) + "\"")).find("CVE-2017-15361"),
            std::string::npos);
}

TEST(jwk_ec, the_point_must_be_whole_and_on_its_curve) {
  for (const kind of : {kind::p256, kind::p384, kind::p521}) {
    EXPECT_TRUE(loads(forms_of(of).public_jwk));
  }
  EXPECT_TRUE(refused(with(ec(), "x", "\"" + base64url_encode(std::string(31, 'x')) + "\"")));
  EXPECT_TRUE(refused(with(ec(), "x", "\"" + base64url_encode(std::string(33, 'x')) + "\"")));
  EXPECT_TRUE(refused(with(ec(), "y", "\"" + base64url_encode(std::string(32, 'x')) + "\"")));
  EXPECT_TRUE(refused(with(ec(), "x", "\"" + base64url_encode(std::string(32, '\0')) + "\"")));
  EXPECT_TRUE(refused(without(ec(), "y")));
  EXPECT_TRUE(refused(with(ec(), "crv", R"("P-384")")));
  EXPECT_TRUE(refused(without(ec(), "crv")));
  EXPECT_TRUE(refused(with(ec(), "crv", R"("secp256k1")")));
}

TEST(jwk_okp, has_the_size_of_its_curve) {
  const std::string& ed = forms_of(kind::ed25519).public_jwk;
  EXPECT_TRUE(loads(ed));
  EXPECT_TRUE(loads(forms_of(kind::ed448).public_jwk));
  EXPECT_TRUE(refused(with(ed, "x", "\"" + base64url_encode(std::string(31, 'x')) + "\"")));
  EXPECT_TRUE(refused(with(ed, "crv", R"("Ed448")")));
  EXPECT_TRUE(refused(with(ed, "crv", R"("X25519")")));
  EXPECT_TRUE(refused(with(ed, "alg", R"("ES256")")));
}

TEST(jwk_private, the_halves_must_belong_together) {
  for (const kind of : {kind::rsa2048, kind::p256, kind::ed25519}) {
    EXPECT_TRUE(load(forms_of(of).private_jwk)->can_sign());
    EXPECT_FALSE(load(forms_of(of).public_jwk)->can_sign());
  }
  const std::string foreign = make_forms(kind::p256).private_jwk;
  const std::string d = foreign.substr(foreign.find("\"d\":") + 4);
  EXPECT_TRUE(refused(with(forms_of(kind::p256).private_jwk, "d", d.substr(0, d.find('}')))));
  EXPECT_TRUE(refused(with(forms_of(kind::ed25519).private_jwk, "d",
                           "\"" + base64url_encode(std::string(32, 'd')) + "\"")));
  EXPECT_TRUE(refused(with(forms_of(kind::rsa2048).private_jwk, "oth", "[]")));
  EXPECT_TRUE(refused(without(forms_of(kind::rsa2048).private_jwk, "q")));
}

TEST(jwk_meaning, keys_that_are_not_for_signatures_are_refused) {
  EXPECT_TRUE(loads(with(ec(), "use", R"("sig")")));
  EXPECT_EQ(reason(with(ec(), "use", R"("enc")")), "k.json: its use is \"enc\", not \"sig\"");
  EXPECT_TRUE(refused(with(ec(), "use", "5")));
  EXPECT_TRUE(refused(with(ec(), "use", R"("")")));
  EXPECT_TRUE(loads(with(ec(), "key_ops", R"(["verify"])")));
  EXPECT_TRUE(refused(with(ec(), "key_ops", R"(["encrypt"])")));
  EXPECT_TRUE(refused(with(ec(), "key_ops", "[]")));
  EXPECT_TRUE(refused(with(ec(), "key_ops", R"(["verify","verify"])")));
  EXPECT_TRUE(refused(with(ec(), "key_ops", R"("verify")")));
  EXPECT_TRUE(refused(with(ec(), "key_ops", "[1]")));
}

TEST(jwk_meaning, key_ops_say_what_a_key_may_do) {
  const auto only_verify = load(oct(32, R"(,"key_ops":["verify"])"));
  EXPECT_FALSE(only_verify->sign(jws_algorithm::hs256, "x").has_value());
  const auto only_sign = load(oct(32, R"(,"key_ops":["sign"])"));
  const std::string token = sign(*only_sign, jws_algorithm::hs256, good_payload());
  EXPECT_TRUE(verifier_for(only_verify).verify(token, now).has_value());
  EXPECT_FALSE(verifier_for(only_sign).verify(token, now).has_value());
  const auto pair = load(with(forms_of(kind::p256).private_jwk, "key_ops", R"(["sign"])"));
  EXPECT_TRUE(verifier_for(pair)
                  .verify(sign(*pair, jws_algorithm::es256, good_payload()), now)
                  .has_value());
}

TEST(jwk_meaning, alg_must_be_one_of_ours_and_go_with_the_key) {
  EXPECT_EQ(load(rsa())->allowed().text(), "RS256, RS384, RS512, PS256, PS384, PS512");
  EXPECT_EQ(load(with(rsa(), "alg", R"("PS384")"))->allowed().text(), "PS384");
  EXPECT_EQ(load(ec())->allowed().text(), "ES256");
  for (const char* alg : {R"("ES384")", R"("HS256")", R"("ES521")", R"("ES224")", R"("none")",
                          R"("A256GCM")", R"("")", "5", "null"}) {
    EXPECT_TRUE(refused(with(ec(), "alg", alg))) << alg;
  }
  EXPECT_TRUE(refused(oct(32, R"(,"alg":"A256KW")")));
  EXPECT_TRUE(refused(with(ec(), "kty", R"("RSA")")));
  EXPECT_TRUE(refused(with(ec(), "kty", R"("ec")")));
  EXPECT_TRUE(refused(without(ec(), "kty")));
}

TEST(jwk_form, must_be_strict_json_in_strict_base64url) {
  for (const char* text : {"", "x", "[]", "null", R"({"kty":"oct")", R"({"kty":"oct","kty":"EC"})",
                           R"({"keys":5})", R"({"keys":[5]})"}) {
    EXPECT_EQ(refusal(text), errc::malformed) << text;
  }
  EXPECT_TRUE(refused(R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})"));
  EXPECT_TRUE(refused(R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"})"));
  EXPECT_TRUE(loads(R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"));
  EXPECT_TRUE(refused(oct(32, R"(,"kid":5)")));
  EXPECT_TRUE(loads(oct(32, R"(,"kid":")" + std::string(256, 'k') + "\"")));
  EXPECT_TRUE(refused(oct(32, R"(,"kid":")" + std::string(257, 'k') + "\"")));
}

TEST(jwk_sets, pass_over_what_is_not_for_signatures) {
  const auto set = parse_jwk(
      set_of({with(rsa(), "use", R"("enc")"), with(ec(), "kid", R"("1")"), R"({"kty":"XYZ"})",
              with(ec(), "crv", R"("P-192")"), with(ec(), "alg", R"("ECDH-ES")")}),
      "k.json");
  ASSERT_TRUE(set.has_value()) << set.error().text;
  ASSERT_EQ(set->keys.size(), 1u);
  EXPECT_EQ(set->keys[0]->id(), "1");
  ASSERT_EQ(set->skipped.size(), 4u);
  EXPECT_EQ(set->skipped[0], "k.json key 1: its use is \"enc\", not \"sig\"");
  EXPECT_EQ(set->skipped[1], "k.json key 3: its kty \"XYZ\" is not one that tokens use");
}

TEST(jwk_sets, are_refused_whole_for_a_bad_signature_key) {
  EXPECT_TRUE(refused(set_of({ec(), forms_of(kind::rsa1024).public_jwk})));
  EXPECT_TRUE(refused(set_of({oct(32), oct(31)})));
  EXPECT_TRUE(refused(set_of({ec(), without(ec(), "x")})));
}

TEST(jwk_sets, must_hold_a_usable_key) {
  EXPECT_TRUE(refused(R"({"keys":[]})"));
  EXPECT_TRUE(refused(set_of({with(ec(), "use", R"("enc")")})));
}

TEST(jwk_sets, one_kid_is_one_key) {
  EXPECT_TRUE(loads(set_of({with(ec(), "kid", R"("1")"), with(rsa(), "kid", R"("2")")})));
  EXPECT_TRUE(refused(set_of({with(ec(), "kid", R"("1")"), with(rsa(), "kid", R"("1")")})));
}

TEST(jwk_sets, do_not_mix_secrets_and_public_keys) {
  EXPECT_TRUE(refused(set_of({oct(32, R"(,"kid":"1")"), with(ec(), "kid", R"("2")")})));
}

TEST(jwk_sets, have_at_most_256_members) {
  const auto of_size = [](int n) {
    std::string out;
    for (int i = 0; i < n; ++i) {
      out += (i ? "," : "") + oct(32, R"(,"kid":")" + std::to_string(i) + "\"");
    }
    return "{\"keys\":[" + out + "]}";
  };
  EXPECT_TRUE(loads(of_size(256)));
  EXPECT_TRUE(refused(of_size(257)));
}

TEST(jwk_pem, public_keys_of_every_kind_load) {
  for (const kind of :
       {kind::rsa2048, kind::p256, kind::p384, kind::p521, kind::ed25519, kind::ed448}) {
    const auto key = parse_pem_public_key(forms_of(of).pem, "k.pem");
    ASSERT_TRUE(key.has_value()) << key.error().text;
    const auto signer = load(forms_of(of).private_jwk);
    const auto algorithm = signer->allowed().first();
    EXPECT_TRUE((*key)->verify(algorithm, "x", signer->sign(algorithm, "x").value()));
    EXPECT_FALSE((*key)->can_sign());
  }
}

TEST(jwk_pem, weak_or_foreign_ones_do_not) {
  EXPECT_FALSE(parse_pem_public_key(forms_of(kind::rsa1024).pem, "k.pem").has_value());
  EXPECT_FALSE(parse_pem_public_key("", "k.pem").has_value());
  EXPECT_FALSE(
      parse_pem_public_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "k.pem")
          .has_value());
}

}  // namespace
}  // namespace roomlog::testing
