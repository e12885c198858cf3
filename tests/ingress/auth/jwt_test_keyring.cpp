// Where the server's keys come from, and the secret that it makes for itself.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "ingress/auth/jwt_base64.h"
#include "ingress/auth/keyring.h"
#include "ingress/auth/token_maker.h"
#include "tests/ingress/auth/jwt_test_support.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;
using namespace jwt;

class keyring_files : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& contents) const {
    std::ofstream(dir_ / name) << contents;
    return dir_ / name;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(dir_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  key_sources own() const {
    key_sources sources;
    sources.data_dir = dir_;
    return sources;
  }

  const temporary_directory directory_;
  const fs::path dir_ = directory_.path();
};

TEST_F(keyring_files, a_secret_is_made_where_none_is_configured) {
  const auto ring = keyring::load(own(), own_secret::create);
  ASSERT_TRUE(ring.has_value()) << ring.error().text;
  ASSERT_NE(ring->signing_key(), nullptr);
  struct stat status {};
  ASSERT_EQ(::stat((dir_ / "token.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::string text = read("token.key");
  ASSERT_EQ(text.size(), 65u);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(base64url_decode(text.substr(0, 64))->size(), 48u);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 1) << "nothing else is left behind";
}

TEST_F(keyring_files, its_mode_does_not_depend_on_the_umask) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(create_own_secret(dir_).has_value());
  ::umask(before);
  EXPECT_EQ(fs::status(dir_ / "token.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(keyring_files, the_secret_stays_the_same) {
  ASSERT_TRUE(keyring::load(own(), own_secret::create).has_value());
  const std::string first = read("token.key");
  ASSERT_TRUE(keyring::load(own(), own_secret::create).has_value());
  EXPECT_EQ(read("token.key"), first);
}

TEST_F(keyring_files, the_text_of_the_file_is_the_secret_for_any_library) {
  const auto ring = keyring::load(own(), own_secret::create).value();
  const auto outsider = token_key::from_secret(read("token.key").substr(0, 64), {}).value();
  const std::string token = sign(*outsider, jws_algorithm::hs256, good_payload());
  EXPECT_TRUE(token_verifier(ring.keys()).verify(token, now).has_value());
}

TEST_F(keyring_files, of_several_makers_one_wins_for_all) {
  std::vector<std::thread> makers;
  for (int i = 0; i < 8; ++i) {
    makers.emplace_back([&] { EXPECT_TRUE(create_own_secret(dir_).has_value()); });
  }
  for (auto& maker : makers) maker.join();
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 1);
  EXPECT_EQ(read("token.key").size(), 65u);
}

TEST_F(keyring_files, a_damaged_secret_is_refused_and_never_replaced) {
  for (const char* contents : {"", "short\n"}) {
    write("token.key", contents);
    const auto ring = keyring::load(own(), own_secret::create);
    ASSERT_TRUE(ring.has_error());
    EXPECT_EQ(ring.error().code, errc::invalid);
    EXPECT_EQ(read("token.key"), contents);
  }
}

TEST_F(keyring_files, whoever_only_reads_makes_none) {
  const auto ring = keyring::load(own(), own_secret::must_exist);
  ASSERT_TRUE(ring.has_error());
  EXPECT_EQ(ring.error().code, errc::not_found);
  EXPECT_FALSE(fs::exists(dir_ / "token.key"));
}

TEST_F(keyring_files, a_missing_directory_is_an_error_that_names_it) {
  key_sources sources;
  sources.data_dir = dir_ / "missing";
  const auto ring = keyring::load(sources, own_secret::create);
  ASSERT_TRUE(ring.has_error());
  EXPECT_NE(ring.error().text.find("missing"), std::string::npos);
}

TEST_F(keyring_files, a_secret_that_others_may_read_is_noted) {
  write("token.key", std::string(64, 's') + "\n");
  fs::permissions(dir_ / "token.key", fs::perms(0644));
  EXPECT_EQ(keyring::load(own(), own_secret::create)->notes().size(), 1u);
  fs::permissions(dir_ / "token.key", fs::perms(0600));
  EXPECT_TRUE(keyring::load(own(), own_secret::create)->notes().empty());
}

TEST_F(keyring_files, a_key_of_a_set_that_is_passed_over_is_noted) {
  key_sources sources;
  sources.jwk_file =
      write("k.json", R"({"keys":[{"kty":"XYZ"},)" + forms_of(kind::p256).public_jwk + "]}");
  const auto ring = keyring::load(sources, own_secret::must_exist).value();
  EXPECT_EQ(ring.keys().size(), 1u);
  ASSERT_EQ(ring.notes().size(), 1u);
  EXPECT_NE(ring.notes()[0].find("XYZ"), std::string::npos) << ring.notes()[0];
}

TEST_F(keyring_files, configured_keys_are_taken_instead_of_an_own_secret) {
  key_sources sources = own();
  sources.jwk_file = write("k.json", forms_of(kind::p256).public_jwk);
  sources.pem_file = write("k.pem", forms_of(kind::rsa2048).pem);
  sources.hmac_secret_file = write("secret", std::string(32, 's'));
  sources.hmac_secret = std::string(48, 't');
  const auto ring = keyring::load(sources, own_secret::create);
  ASSERT_TRUE(ring.has_value()) << ring.error().text;
  EXPECT_EQ(ring->keys().size(), 4u);
  EXPECT_FALSE(fs::exists(dir_ / "token.key"));
}

TEST_F(keyring_files, only_public_keys_cannot_sign) {
  key_sources sources;
  sources.jwk_file = write("k.json", forms_of(kind::p256).public_jwk);
  EXPECT_EQ(keyring::load(sources, own_secret::create)->signing_key(), nullptr);
}

TEST_F(keyring_files, a_byte_order_mark_and_line_ends_of_other_systems_are_no_part_of_a_key) {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  const std::string jwk = R"({"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})";
  const auto token_by = [&](const fs::path& file, fs::path key_sources::*where) {
    key_sources from;
    from.*where = file;
    const auto ring = keyring::load(from, own_secret::must_exist);
    if (!ring) return ring.error().text;
    token_claims claims;
    claims.user = "ann";
    claims.issued = timestamp{1'700'000'000'000'000};
    return *make_token(*ring->signing_key(), claims);
  };
  const auto plain = token_by(write("plain", secret), &key_sources::hmac_secret_file);
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_EQ(token_by(write("a", mark + secret + "\r\n"), &key_sources::hmac_secret_file), plain);
  EXPECT_EQ(token_by(write("b", secret + "\n"), &key_sources::hmac_secret_file), plain);
  EXPECT_EQ(token_by(write("c", mark + jwk + "\r\n"), &key_sources::jwk_file), plain);
}

TEST_F(keyring_files, keys_in_utf16_are_refused_by_name) {
  std::string wide = "\xFF\xFE";
  for (const char c : std::string("{\"kty\":\"oct\",\"k\":\"0123456789abcdef0123456789abcdef\"}")) {
    wide += std::string{c, '\0'};
  }
  const auto file = write("wide", wide);
  for (const auto where :
       {&key_sources::hmac_secret_file, &key_sources::jwk_file, &key_sources::pem_file}) {
    key_sources from;
    from.*where = file;
    const auto ring = keyring::load(from, own_secret::must_exist);
    ASSERT_FALSE(ring);
    EXPECT_EQ(ring.error().text,
              file.string() + " is encoded in UTF-16 or UTF-32; save it as UTF-8");
  }
}

TEST_F(keyring_files, a_pem_may_begin_with_a_byte_order_mark) {
  const std::string pem =
      "-----BEGIN PUBLIC KEY-----\r\n"
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\r\n"
      "-----END PUBLIC KEY-----\r\n";
  key_sources from;
  from.pem_file = write("public.pem", "\xEF\xBB\xBF" + pem);
  const auto ring = keyring::load(from, own_secret::must_exist);
  EXPECT_TRUE(ring) << ring.error().text;
}

TEST_F(keyring_files, files_that_do_not_fit_are_named) {
  const auto text_of = [](const key_sources& sources) {
    const auto ring = keyring::load(sources, own_secret::create);
    return ring ? std::string() : ring.error().text;
  };
  key_sources sources;
  EXPECT_EQ(text_of(sources), "no key is configured");
  sources.hmac_secret_file = write("weak", std::string(31, 's'));
  EXPECT_EQ(text_of(sources),
            (dir_ / "weak").string() +
                ": a secret of 31 bytes is too short; at least 32 bytes are required");
  sources.hmac_secret_file = dir_;
  EXPECT_NE(text_of(sources), "");
  sources.hmac_secret_file = write("large", std::string((1 << 20) + 1, 's'));
  EXPECT_NE(text_of(sources), "");
  sources.hmac_secret_file = write("pem", forms_of(kind::rsa2048).pem);
  EXPECT_NE(text_of(sources), "");
}

// ---- making tokens ----

TEST(token_makers, claims_come_back_as_the_principal) {
  token_claims claims{.user = "ann",
                      .name = "Änn",
                      .device = "d1",
                      .tenant = "acme",
                      .scope = "admin unlimited",
                      .issued = now,
                      .expires = timestamp{now.value + 3'600'000'000}};
  const auto key = secret_key();
  const auto who = verifier_for(key).verify(make_token(*key, claims).value(), now);
  ASSERT_TRUE(who.has_value()) << who.error().text;
  EXPECT_EQ(who->user, "ann");
  EXPECT_EQ(who->name, "Änn");
  EXPECT_EQ(who->device, "d1");
  EXPECT_EQ(who->tenant, "acme");
  EXPECT_TRUE(who->admin && who->unlimited && !who->audit);
  EXPECT_EQ(who->issued, now);
  EXPECT_EQ(who->expires, claims.expires);
}

TEST(token_makers, no_token_is_made_that_would_be_refused) {
  const auto key = secret_key();
  const auto makes = [&](const token_claims& claims) {
    return make_token(*key, claims).has_value();
  };
  EXPECT_TRUE(makes({.user = "ann"}));
  EXPECT_FALSE(makes({}));
  EXPECT_FALSE(makes({.user = "änn"}));
  EXPECT_FALSE(makes({.user = "ann", .name = "\xff"}));
  EXPECT_FALSE(makes({.user = "ann", .tenant = "A"}));
  EXPECT_FALSE(makes({.user = "ann", .device = "a b"}));
  EXPECT_FALSE(makes({.user = "ann", .scope = std::string(4096, 'x')}));
  EXPECT_FALSE(makes({.user = "ann", .issued = now, .expires = now}));
}

TEST(token_makers, the_header_names_the_key) {
  const auto key = load(with(forms_of(kind::ed25519).private_jwk, "kid", R"("k1")"));
  const auto who = verifier_for(key, {.expiry = token_expiry::optional})
                       .verify(make_token(*key, {.user = "ann"}).value(), now);
  ASSERT_TRUE(who.has_value()) << who.error().text;
  EXPECT_EQ(who->key_id, "k1");
}

TEST(token_makers, a_public_key_makes_none) {
  EXPECT_FALSE(make_token(*load(forms_of(kind::p256).public_jwk), {.user = "ann"}).has_value());
}

}  // namespace
}  // namespace roomlog::testing
