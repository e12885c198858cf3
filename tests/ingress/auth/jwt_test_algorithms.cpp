// Every algorithm with a key made here: what fits is taken, and nothing that only nearly fits.
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/json.hpp>

#include "ingress/auth/jwk.h"
#include "ingress/auth/jwk_material.h"
#include "ingress/auth/jwt_base64.h"
#include "ingress/auth/token_maker.h"
#include "tests/ingress/auth/jwt_test_support.h"

namespace roomlog::testing {
namespace {

using namespace jwt;

struct algorithm_case {
  jws_algorithm algorithm;
  kind of;
  bool is_secret = false;
};

const algorithm_case cases[] = {
    {jws_algorithm::hs256, {}, true},      {jws_algorithm::hs384, {}, true},
    {jws_algorithm::hs512, {}, true},      {jws_algorithm::rs256, kind::rsa2048},
    {jws_algorithm::rs384, kind::rsa2048}, {jws_algorithm::rs512, kind::rsa2048},
    {jws_algorithm::ps256, kind::rsa2048}, {jws_algorithm::ps384, kind::rsa2048},
    {jws_algorithm::ps512, kind::rsa2048}, {jws_algorithm::es256, kind::p256},
    {jws_algorithm::es384, kind::p384},    {jws_algorithm::es512, kind::p521},
    {jws_algorithm::eddsa, kind::ed25519}, {jws_algorithm::eddsa, kind::ed448},
};

key_ptr signing_key(const algorithm_case& c) {
  return c.is_secret ? secret_key() : load(forms_of(c.of).private_jwk);
}
key_ptr checking_key(const algorithm_case& c) {
  return c.is_secret ? secret_key() : load(forms_of(c.of).public_jwk);
}

// Takes a token apart, changes the bytes of the signature, puts it together.
template <class Change>
std::string with_signature(const std::string& token, Change change) {
  const std::size_t dot = token.rfind('.') + 1;
  return token.substr(0, dot) + base64url_encode(change(*base64url_decode(token.substr(dot))));
}

bool refused_as_signature(const token_verifier& verifier, const std::string& token) {
  const auto checked = verifier.verify(token, now);
  return checked.has_error() && checked.error().kind == token_error_kind::signature;
}

class jwt_algorithms : public ::testing::TestWithParam<algorithm_case> {};
INSTANTIATE_TEST_SUITE_P(each, jwt_algorithms, ::testing::ValuesIn(cases), [](const auto& info) {
  std::string name = to_string(info.param.algorithm);
  if (info.param.of == kind::ed448 && !info.param.is_secret) name += "_Ed448";
  return name;
});

TEST_P(jwt_algorithms, a_signed_token_is_taken_by_the_public_key) {
  const std::string token = sign(*signing_key(GetParam()), GetParam().algorithm, good_payload());
  const auto who = verifier_for(checking_key(GetParam())).verify(token, now);
  ASSERT_TRUE(who.has_value()) << who.error().text;
  EXPECT_EQ(who->user, "ann");
}

TEST_P(jwt_algorithms, no_other_key_takes_it) {
  const std::string token = sign(*signing_key(GetParam()), GetParam().algorithm, good_payload());
  const auto same_kind = GetParam().is_secret
                             ? token_key::from_secret(std::string(64, 'x'), {}).value()
                             : load(make_forms(GetParam().of).public_jwk);
  EXPECT_TRUE(refused_as_signature(verifier_for(same_kind), token));
  for (const algorithm_case& other : cases) {
    if (other.is_secret == GetParam().is_secret && other.of == GetParam().of) continue;
    EXPECT_TRUE(refused_as_signature(verifier_for(checking_key(other)), token))
        << to_string(other.algorithm);
  }
}

TEST_P(jwt_algorithms, every_flipped_bit_of_the_signature_is_noticed) {
  const std::string token = sign(*signing_key(GetParam()), GetParam().algorithm, good_payload());
  const auto verifier = verifier_for(checking_key(GetParam()));
  const std::size_t bytes = base64url_decode(token.substr(token.rfind('.') + 1))->size();
  const std::size_t step = bytes > 70 ? 7 : 1;  // enough of the long ones
  for (std::size_t i = 0; i < bytes; i += step) {
    for (int bit = 0; bit<8; bit += bytes> 70 ? 3 : 1) {
      const std::string bad = with_signature(token, [&](std::string s) {
        s[i] = static_cast<char>(s[i] ^ (1 << bit));
        return s;
      });
      ASSERT_TRUE(refused_as_signature(verifier, bad)) << "byte " << i << " bit " << bit;
    }
  }
}

TEST_P(jwt_algorithms, a_signature_of_another_length_is_wrong) {
  const std::string token = sign(*signing_key(GetParam()), GetParam().algorithm, good_payload());
  const auto verifier = verifier_for(checking_key(GetParam()));
  const auto changed = [&](auto change) { return with_signature(token, change); };
  EXPECT_TRUE(refused_as_signature(verifier, changed([](std::string s) { return s + '\0'; })));
  EXPECT_TRUE(refused_as_signature(verifier, changed([](std::string s) { return '\0' + s; })));
  EXPECT_TRUE(refused_as_signature(
      verifier, changed([](std::string s) { return s.substr(0, s.size() - 1); })));
  EXPECT_TRUE(refused_as_signature(verifier, changed([](std::string s) { return s.substr(1); })));
  EXPECT_TRUE(
      refused_as_signature(verifier, changed([](std::string s) { return s.substr(0, 1); })));
  EXPECT_TRUE(refused_as_signature(
      verifier, changed([](std::string s) { return std::string(s.size(), '\0'); })));
}

// One RSA signature in 256 begins with a zero, and is the same number without it.
TEST_P(jwt_algorithms, a_signature_without_its_leading_zero_is_wrong) {
  const auto verifier = verifier_for(checking_key(GetParam()));
  const auto begins_with_zero = [](const std::string& token) {
    return base64url_decode(token.substr(token.rfind('.') + 1))->front() == '\0';
  };
  std::string token;
  for (int i = 0; i < 10'000 && (token.empty() || !begins_with_zero(token)); ++i) {
    token = sign(*signing_key(GetParam()), GetParam().algorithm,
                 R"({"sub":"ann","exp":1800000000,"jti":")" + std::to_string(i) + "\"}");
  }
  ASSERT_TRUE(begins_with_zero(token));
  ASSERT_TRUE(verifier.verify(token, now).has_value());
  EXPECT_TRUE(refused_as_signature(
      verifier, with_signature(token, [](const std::string& s) { return s.substr(1); })));
}

TEST_P(jwt_algorithms, the_token_maker_and_the_verifier_agree) {
  token_claims claims;
  claims.user = "ann";
  claims.issued = now;
  claims.expires = timestamp{now.value + 60'000'000};
  const auto token = make_token(*signing_key(GetParam()), claims, GetParam().algorithm);
  ASSERT_TRUE(token.has_value()) << token.error().text;
  EXPECT_TRUE(verifier_for(checking_key(GetParam())).verify(*token, now).has_value());
}

TEST_P(jwt_algorithms, a_key_that_names_its_algorithm_takes_no_other) {
  const auto named = [&](jws_algorithm algorithm) {
    const std::string alg = std::string("\"") + to_string(algorithm) + "\"";
    const std::string jwk = GetParam().is_secret
                                ? R"({"kty":"oct","k":")" + base64url_encode(secret) + "\"}"
                                : forms_of(GetParam().of).public_jwk;
    return parse_jwk(with(jwk, "alg", alg), "key");
  };
  const std::string token = sign(*signing_key(GetParam()), GetParam().algorithm, good_payload());
  const auto key = named(GetParam().algorithm);
  ASSERT_TRUE(key.has_value()) << key.error().text;
  EXPECT_TRUE(token_verifier(key->keys).verify(token, now).has_value());
  for (const algorithm_case& other : cases) {
    if (other.algorithm == GetParam().algorithm) continue;
    const auto wrong = named(other.algorithm);  // does not load where the kinds differ
    if (wrong) {
      EXPECT_TRUE(refused_as_signature(token_verifier(wrong->keys), token));
    }
  }
}

// ---- confusion ----

TEST(jwt_confusion, a_public_key_is_never_an_hmac_secret) {
  const auto& rsa = forms_of(kind::rsa2048);
  const auto verifier = verifier_for(parse_pem_public_key(rsa.pem, "pem").value());
  const std::string without_break = rsa.pem.substr(0, rsa.pem.size() - 1);
  for (const std::string& text : {rsa.pem, without_break, rsa.public_jwk}) {
    const auto forged = token_key::from_secret(text, {}).value();
    for (const auto algorithm :
         {jws_algorithm::hs256, jws_algorithm::hs384, jws_algorithm::hs512}) {
      EXPECT_TRUE(refused_as_signature(verifier, sign(*forged, algorithm, good_payload())));
    }
  }
}

TEST(jwt_confusion, rs_and_ps_are_not_interchangeable) {
  const auto key = load(forms_of(kind::rsa2048).private_jwk);
  const std::string input_header = R"({"alg":"PS256"})";
  const std::string input = base64url_encode(input_header) + "." + base64url_encode(good_payload());
  const std::string as_rs = base64url_encode(key->sign(jws_algorithm::rs256, input).value());
  EXPECT_TRUE(refused_as_signature(verifier_for(key), input + "." + as_rs));
}

TEST(jwt_confusion, a_key_itself_refuses_what_it_is_not_for) {
  const auto any = load(forms_of(kind::rsa2048).private_jwk);
  const auto only_rs = load(with(forms_of(kind::rsa2048).public_jwk, "alg", R"("RS256")"));
  EXPECT_TRUE(only_rs->verify(jws_algorithm::rs256, "x", *any->sign(jws_algorithm::rs256, "x")));
  EXPECT_FALSE(only_rs->verify(jws_algorithm::ps256, "x", *any->sign(jws_algorithm::ps256, "x")));
}

TEST(jwt_confusion, a_pss_salt_has_the_size_of_the_hash) {
  const auto& forms = forms_of(kind::rsa2048);
  const auto pair = read_public_key(boost::json::parse(forms.private_jwk).as_object(), "RSA");
  const auto signed_with_salt = [&](int salt_bytes) {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX* pkey_ctx = nullptr;
    EVP_DigestSignInit(ctx, &pkey_ctx, EVP_sha256(), nullptr, pair->pkey.get());
    EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, salt_bytes);
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(ctx, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>("x"), 1);
    EVP_MD_CTX_free(ctx);
    return signature;
  };
  const auto key = load(forms.public_jwk);
  EXPECT_TRUE(key->verify(jws_algorithm::ps256, "x", signed_with_salt(32)));
  for (const int salt_bytes : {0, 20, 31, 33, 64}) {
    EXPECT_FALSE(key->verify(jws_algorithm::ps256, "x", signed_with_salt(salt_bytes)));
  }
}

TEST(jwt_confusion, a_curve_goes_with_its_own_hash_only) {
  const auto key = load(forms_of(kind::p256).private_jwk);
  EXPECT_FALSE(key->sign(jws_algorithm::es384, "x").has_value());
  EXPECT_FALSE(
      key->verify(jws_algorithm::es384, "x", key->sign(jws_algorithm::es256, "x").value()));
  EXPECT_FALSE(parse_jwk(with(forms_of(kind::p256).public_jwk, "alg", R"("ES384")"), "k"));
}

// ---- the shape of ECDSA signatures ----

std::string der_of(const std::string& raw) {
  const auto half = static_cast<int>(raw.size() / 2);
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  ECDSA_SIG* sig = ECDSA_SIG_new();
  ECDSA_SIG_set0(sig, BN_bin2bn(bytes, half, nullptr), BN_bin2bn(bytes + half, half, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(sig, &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  ECDSA_SIG_free(sig);
  return out;
}

TEST(jwt_ecdsa, a_der_signature_is_refused) {
  const auto key = load(forms_of(kind::p256).private_jwk);
  const std::string token = sign(*key, jws_algorithm::es256, good_payload());
  EXPECT_TRUE(refused_as_signature(verifier_for(key), with_signature(token, der_of)));
}

TEST(jwt_ecdsa, r_and_s_must_be_between_1_and_the_order) {
  const auto key = load(forms_of(kind::p256).private_jwk);
  const auto verifier = verifier_for(key);
  const std::string token = sign(*key, jws_algorithm::es256, good_payload());
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\1';
  const std::string order = *base64url_decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
  std::string below = order;
  below.back() = static_cast<char>(below.back() - 1);
  const std::string top(32, '\xff');
  for (const std::string& r : {zero, one, below, order, top}) {
    for (const std::string& s : {zero, one, below, order, top}) {
      EXPECT_TRUE(refused_as_signature(verifier,
                                       with_signature(token, [&](std::string) { return r + s; })));
    }
    EXPECT_TRUE(refused_as_signature(
        verifier, with_signature(token, [&](std::string good) { return r + good.substr(32); })));
    EXPECT_TRUE(refused_as_signature(
        verifier, with_signature(token, [&](std::string good) { return good.substr(0, 32) + r; })));
  }
}

TEST(jwt_ecdsa, padded_halves_are_refused) {
  const auto key = load(forms_of(kind::p256).private_jwk);
  const std::string token = sign(*key, jws_algorithm::es256, good_payload());
  EXPECT_TRUE(refused_as_signature(verifier_for(key), with_signature(token, [](std::string s) {
                                     return '\0' + s.substr(0, 32) + '\0' + s.substr(32);
                                   })));
}

}  // namespace
}  // namespace roomlog::testing
