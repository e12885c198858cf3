// Tokens made and judged from the command line.
#include "app/commands/token_make.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/commands/token_verify.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

constexpr timestamp now{1'700'000'000'000'000};
constexpr timestamp two_hours_later{now.value + 7'200'000'000};

struct outcome {
  exit_code code;
  std::string out, err;
};

class token_command : public ::testing::Test {
 protected:
  token_command() {
    make_.keys.data_dir = verify_.keys.data_dir = dir_.path();
    make_.user = "ann";
    make_.now = verify_.now = now;
    EXPECT_TRUE(create_own_secret(dir_.path()).has_value());
  }

  outcome make() const {
    std::ostringstream out, err;
    const exit_code code = run_token_make(make_, out, err);
    return {code, out.str(), err.str()};
  }
  outcome verify(const std::string& token, const std::string& in = {}) {
    verify_.token = token;
    std::istringstream input(in);
    std::ostringstream out, err;
    const exit_code code = run_token_verify(verify_, input, out, err);
    return {code, out.str(), err.str()};
  }
  std::string token() const {
    std::string line = make().out;
    line.pop_back();
    return line;
  }
  std::filesystem::path write(const std::string& name, const std::string& contents) const {
    std::ofstream(dir_.path() / name) << contents;
    return dir_.path() / name;
  }

  temporary_directory dir_;
  token_make_options make_;
  token_verify_options verify_;
};

boost::json::value parsed(const outcome& result) {
  return boost::json::parse(result.out);
}

TEST_F(token_command, a_made_token_is_good_and_says_for_whom_until_when) {
  make_.name = "Änn";
  make_.device = "d1";
  make_.tenant = "acme";
  make_.scope = "unlimited admin";
  const outcome result = verify(token());
  EXPECT_EQ(result.code, exit_code::done);
  EXPECT_EQ(result.out,
            "good\nuser:    ann\ntenant:  acme\nname:    Änn\ndevice:  d1\n"
            "scope:   admin unlimited\nexpires: 2023-11-14T23:13:20.000000Z\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(token_command, json_says_the_same) {
  make_.json = verify_.json = true;
  const auto made = parsed(make());
  EXPECT_EQ(made.at("user"), "ann");
  EXPECT_EQ(made.at("expires"), "2023-11-14T23:13:20.000000Z");
  const auto good = parsed(verify(std::string(made.at("token").as_string())));
  EXPECT_EQ(good.at("good"), true);
  EXPECT_EQ(good.at("user"), "ann");
  EXPECT_EQ(good.at("tenant"), "default");
  EXPECT_EQ(good.at("expires"), "2023-11-14T23:13:20.000000Z");
}

TEST_F(token_command, a_bad_token_is_named_by_code_and_reason) {
  const std::string good = token();
  verify_.now = two_hours_later;
  const outcome expired = verify(good);
  EXPECT_EQ(expired.code, exit_code::failed);
  EXPECT_EQ(expired.out, "bad: token_expired: expired at 2023-11-14T23:13:20.000000Z\n");
  verify_.json = true;
  const auto json = parsed(verify(good));
  EXPECT_EQ(json.at("good"), false);
  EXPECT_EQ(json.at("code"), "token_expired");
  EXPECT_EQ(json.at("close_code"), 4503);
  EXPECT_EQ(parsed(verify("x")).at("code"), "token_malformed");
  EXPECT_EQ(parsed(verify(good.substr(0, good.rfind('.') + 1))).at("code"), "token_signature");
}

TEST_F(token_command, a_dash_reads_one_line_of_the_input) {
  const std::string good = token();
  EXPECT_EQ(verify("-", good + "\n").code, exit_code::done);
  EXPECT_EQ(verify("-", good + "\r\nmore").code, exit_code::done);
  EXPECT_EQ(verify("-", good).code, exit_code::done);
  EXPECT_EQ(verify("-", " " + good).code, exit_code::failed);
  EXPECT_EQ(verify("-", "").code, exit_code::failed);
  EXPECT_EQ(verify("-", "\xEF\xBB\xBF" + good + "\r\n").code, exit_code::done);
  std::string wide = "\xFF\xFE";
  for (const char c : good) wide += std::string{c, '\0'};
  const outcome refused = verify("-", wide);
  EXPECT_EQ(refused.code, exit_code::failed);
  EXPECT_EQ(
      refused.err,
      "roomlog: the token on standard input is encoded in UTF-16 or UTF-32; save it as UTF-8\n");
}

TEST_F(token_command, a_token_without_end_needs_a_server_that_takes_it) {
  make_.expires.reset();
  const std::string endless = token();
  EXPECT_EQ(verify(endless).out, "bad: token_claims: exp is missing\n");
  verify_.rules.expiry = token_expiry::optional;
  EXPECT_NE(verify(endless).out.find("expires: never\n"), std::string::npos);
}

TEST_F(token_command, a_user_that_the_protocol_forbids_is_a_usage_error) {
  make_.user = "";
  EXPECT_EQ(make().code, exit_code::usage);
  make_.user = "änn";
  const outcome result = make();
  EXPECT_EQ(result.code, exit_code::usage);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "roomlog: sub must be 1 to 255 characters of 0x20 to 0x7E\n");
}

TEST_F(token_command, a_lifetime_must_be_positive_and_sane) {
  for (const auto bad :
       {std::chrono::seconds(0), std::chrono::seconds(-1), std::chrono::seconds::max()}) {
    make_.expires = bad;
    EXPECT_EQ(make().code, exit_code::usage);
  }
}

TEST_F(token_command, missing_keys_are_a_configuration_error) {
  make_.keys.data_dir = verify_.keys.data_dir = dir_.path() / "missing";
  EXPECT_EQ(make().code, exit_code::configuration);
  const outcome result = verify("x.y.z");
  EXPECT_EQ(result.code, exit_code::configuration);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("missing/token.key"), std::string::npos);
  verify_.keys = {};
  EXPECT_EQ(verify("x.y.z").code, exit_code::configuration);
  verify_.keys.jwk_file = write("broken.json", "{");
  EXPECT_EQ(verify("x.y.z").code, exit_code::configuration);
}

TEST_F(token_command, a_refused_key_makes_every_token_bad) {
  verify_.keys = {};
  verify_.keys.jwk_file = write("weak.json", R"({"kty":"oct","alg":"HS256","k":"c2hvcnQ"})");
  const outcome result = verify(token());
  EXPECT_EQ(result.code, exit_code::failed);
  EXPECT_NE(result.out.find("bad: token_signature: the key is refused: "), std::string::npos);
  EXPECT_NE(result.out.find("a secret of 5 bytes"), std::string::npos);
}

TEST_F(token_command, signature_only_takes_any_payload) {
  verify_.keys = {};
  verify_.keys.jwk_file =
      write("k.json",
            R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  const std::string rfc8037 =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvM"
      "g3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_EQ(verify(rfc8037).code, exit_code::failed);
  verify_.signature_only = true;
  EXPECT_EQ(verify(rfc8037).code, exit_code::done);
  EXPECT_EQ(verify(rfc8037).out,
            "good signature\nalgorithm: EdDSA\npayload:   \"Example of Ed25519 signing\"\n");
  verify_.json = true;
  EXPECT_EQ(parsed(verify(rfc8037)).at("payload"), "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
  EXPECT_EQ(parsed(verify(rfc8037)).at("payload_text"), "Example of Ed25519 signing");
}

}  // namespace
}  // namespace roomlog::testing
