// What rightly signed tokens may say: every rule at its limit and one past it.
#include <gtest/gtest.h>

#include "ingress/auth/jwt_claims.h"
#include "tests/ingress/auth/jwt_test_support.h"

namespace roomlog::testing {
namespace {

using namespace jwt;
using error_kind = token_error_kind;

// Claims of ann that are good for an hour, with `more` members ("\"x\":1").
std::string ann(const std::string& more = {}) {
  return R"({"sub":"ann","exp":1700003600)" + (more.empty() ? "" : "," + more) + "}";
}
std::string ann_until(const std::string& exp) {
  return R"({"sub":"ann","exp":)" + exp + "}";
}
std::string text(const std::string& name, const std::string& value) {
  return "\"" + name + "\":\"" + value + "\"";
}

token_result<principal> read(const std::string& payload, const token_rules& rules = {}) {
  return read_claims(payload, rules, now);
}
bool taken(const std::string& payload, const token_rules& rules = {}) {
  return read(payload, rules).has_value();
}
bool refused(const std::string& payload, error_kind kind, const token_rules& rules = {}) {
  const auto who = read(payload, rules);
  return who.has_error() && who.error().kind == kind;
}
bool unfit(const std::string& payload, const token_rules& rules = {}) {
  return refused(payload, error_kind::claims, rules);
}

TEST(jwt_claims, the_payload_must_be_a_strict_json_object) {
  for (const char* payload :
       {"", "x", "[]", "\"ann\"", "5", R"({"sub":"ann","sub":"bob","exp":1700003600})",
        R"({"sub":"ann","exp":1700003600}{})", R"({"sub":"\ud800","exp":1700003600})",
        R"({"sub":"ann","exp":1700003600,"x":{"a":1,"a":1}})", "{\"sub\":\"\xc3\x28\"}",
        R"({"sub":"ann","exp":1e999})", R"({"sub":"ann","exp":NaN})",
        R"({"sub":"ann","exp":Infinity})"}) {
    EXPECT_TRUE(refused(payload, error_kind::malformed)) << payload;
  }
}

TEST(jwt_claims, nesting_has_a_limit) {
  const auto nested = [](std::size_t depth) {
    return ann("\"x\":" + std::string(depth, '[') + std::string(depth, ']'));
  };
  EXPECT_TRUE(taken(nested(31)));
  EXPECT_TRUE(refused(nested(32), error_kind::malformed));
  EXPECT_TRUE(refused(nested(2000), error_kind::malformed));
}

TEST(jwt_claims, sub_is_1_to_255_printable_characters) {
  const auto with_sub = [](const std::string& sub) {
    return R"({"exp":1700003600,"sub":")" + sub + "\"}";
  };
  EXPECT_TRUE(taken(with_sub("a")));
  EXPECT_TRUE(taken(with_sub(" ~")));
  EXPECT_TRUE(taken(with_sub(std::string(255, 'a'))));
  EXPECT_TRUE(unfit(with_sub(std::string(256, 'a'))));
  EXPECT_TRUE(unfit(with_sub("")));
  EXPECT_TRUE(unfit(with_sub("a\\u0000b")));
  EXPECT_TRUE(unfit(with_sub("\\u001f")));
  EXPECT_TRUE(unfit(with_sub("\\u007f")));
  EXPECT_TRUE(unfit(with_sub("ä")));
  EXPECT_TRUE(unfit(R"({"exp":1700003600})"));
  EXPECT_TRUE(unfit(R"({"exp":1700003600,"sub":7})"));
  EXPECT_TRUE(unfit(R"({"exp":1700003600,"sub":null})"));
}

TEST(jwt_claims, tenant_is_1_to_32_of_its_alphabet) {
  EXPECT_EQ(read(ann())->tenant, "default");
  EXPECT_EQ(read(ann(text("tenant", "a-z_09")))->tenant, "a-z_09");
  EXPECT_TRUE(taken(ann(text("tenant", std::string(32, 'a')))));
  EXPECT_TRUE(unfit(ann(text("tenant", std::string(33, 'a')))));
  for (const char* bad : {"", "A", "a/b", "a b", "ä", "a\\u0000", "."}) {
    EXPECT_TRUE(unfit(ann(text("tenant", bad)))) << bad;
  }
  EXPECT_TRUE(unfit(ann("\"tenant\":1")));
}

TEST(jwt_claims, name_is_bounded_text_without_control_characters) {
  EXPECT_EQ(read(ann())->name, "");
  EXPECT_EQ(read(ann(text("name", "Änne 😀 \\\"x\\\"")))->name, "Änne 😀 \"x\"");
  EXPECT_TRUE(taken(ann(text("name", std::string(256, 'n')))));
  EXPECT_TRUE(unfit(ann(text("name", std::string(257, 'n')))));
  EXPECT_TRUE(unfit(ann(text("name", "a\\u0000"))));
  EXPECT_TRUE(unfit(ann(text("name", "a\\nb"))));
  EXPECT_TRUE(unfit(ann(text("name", "a\\u007f"))));
  EXPECT_TRUE(unfit(ann(text("name", "a\\u009f"))));
  EXPECT_TRUE(taken(ann(text("name", "a\\u00a0"))));
  EXPECT_TRUE(unfit(ann("\"name\":[]")));
}

TEST(jwt_claims, device_is_1_to_64_characters_without_spaces) {
  EXPECT_EQ(read(ann())->device, "");
  EXPECT_EQ(read(ann(text("device", "!~")))->device, "!~");
  EXPECT_TRUE(taken(ann(text("device", std::string(64, 'd')))));
  EXPECT_TRUE(unfit(ann(text("device", std::string(65, 'd')))));
  for (const char* bad : {"", "a b", "a\\u0000", "ä"}) {
    EXPECT_TRUE(unfit(ann(text("device", bad)))) << bad;
  }
  EXPECT_TRUE(unfit(ann("\"device\":true")));
}

TEST(jwt_claims, scope_gives_rights_by_whole_words) {
  const auto none = read(ann());
  EXPECT_FALSE(none->admin || none->audit || none->unlimited);
  const auto all = read(ann(text("scope", "unlimited openid  admin audit")));
  EXPECT_TRUE(all->admin && all->audit && all->unlimited);
  const auto other = read(ann(text("scope", "administrator xaudit Unlimited admin,audit")));
  EXPECT_FALSE(other->admin || other->audit || other->unlimited);
  EXPECT_TRUE(read(ann(text("scope", " admin ")))->admin);
  EXPECT_TRUE(unfit(ann(R"("scope":["admin"])")));
}

// ---- times ----

TEST(jwt_claims, a_token_is_good_until_just_before_exp) {
  EXPECT_TRUE(taken(ann_until("1700000001")));
  EXPECT_TRUE(refused(ann_until("1700000000"), error_kind::expired));
  EXPECT_TRUE(refused(ann_until("1699999999"), error_kind::expired));
  EXPECT_TRUE(taken(ann_until("1700000000.5")));
  EXPECT_TRUE(refused(ann_until("1699999999.5"), error_kind::expired));
  EXPECT_TRUE(refused(ann_until("0"), error_kind::expired));
  EXPECT_EQ(read(ann_until("1700000000.5"))->expires.value, now.value + 500'000);
  EXPECT_EQ(read(ann_until("1.7000036e9"))->expires.value, 1'700'003'600'000'000);
  EXPECT_EQ(read(ann_until("1699999999")).error().text, "expired at 2023-11-14T22:13:19.000000Z");
}

TEST(jwt_claims, exp_is_required_unless_the_rules_say_otherwise) {
  EXPECT_TRUE(unfit(R"({"sub":"ann"})"));
  const token_rules relaxed{.expiry = token_expiry::optional};
  ASSERT_TRUE(taken(R"({"sub":"ann"})", relaxed));
  EXPECT_EQ(read(R"({"sub":"ann"})", relaxed)->expires.value, 0);
  EXPECT_TRUE(refused(ann_until("1"), error_kind::expired, relaxed));
}

TEST(jwt_claims, times_are_numbers_between_1970_and_9999) {
  EXPECT_TRUE(taken(ann_until("253402300799")));
  EXPECT_TRUE(taken(ann_until("253402300799.9")));
  for (const char* bad :
       {"253402300800", "253402300800.0", "-1", "-0.001", "1e18", "1e300", "18446744073709551615",
        "99999999999999999999999", "\"1700003600\"", "null", "true", "[1700003600]", "{}"}) {
    EXPECT_TRUE(unfit(ann_until(bad))) << bad;
    EXPECT_TRUE(unfit(ann("\"nbf\":" + std::string(bad)))) << bad;
    EXPECT_TRUE(unfit(ann("\"iat\":" + std::string(bad)))) << bad;
  }
}

TEST(jwt_claims, a_token_of_the_future_is_not_yet_good) {
  for (const char* name : {"nbf", "iat"}) {
    const auto at = [&](const char* time) { return ann("\"" + std::string(name) + "\":" + time); };
    EXPECT_TRUE(taken(at("1700000000"))) << name;
    EXPECT_TRUE(taken(at("0"))) << name;
    EXPECT_TRUE(taken(at("1700000030"))) << name << ": 30 s unless configured";
    EXPECT_TRUE(unfit(at("1700000030.000001"))) << name;
    EXPECT_TRUE(unfit(at("1700000031"))) << name;
    const token_rules exact{.start_leeway = std::chrono::seconds(0)};
    EXPECT_TRUE(taken(at("1700000000"), exact)) << name;
    EXPECT_TRUE(unfit(at("1700000000.000001"), exact)) << name;
  }
  EXPECT_EQ(read(ann("\"iat\":1699999990"))->issued.value, 1'699'999'990'000'000);
  EXPECT_EQ(read(ann())->issued.value, 0);
}

TEST(jwt_claims, exp_has_no_leeway_unless_configured) {
  EXPECT_TRUE(taken(ann_until("1700000001")));
  EXPECT_TRUE(refused(ann_until("1700000000"), error_kind::expired));
}

TEST(jwt_claims, leeway_moves_every_border_by_as_much) {
  const token_rules rules{.leeway = std::chrono::seconds(10),
                          .start_leeway = std::chrono::seconds(5)};
  EXPECT_TRUE(taken(ann_until("1699999991"), rules));
  EXPECT_TRUE(refused(ann_until("1699999990"), error_kind::expired, rules));
  EXPECT_TRUE(taken(ann("\"nbf\":1700000010"), rules));
  EXPECT_TRUE(unfit(ann("\"nbf\":1700000011"), rules));
  EXPECT_TRUE(taken(ann("\"iat\":1700000010"), rules));
  EXPECT_TRUE(unfit(ann("\"iat\":1700000011"), rules));
  EXPECT_EQ(read(ann_until("1699999991"), rules)->expires.value, 1'700'000'001'000'000);
}

// ---- parties ----

TEST(jwt_claims, iss_is_compared_when_an_issuer_is_configured) {
  const token_rules rules{.issuer = "https://id.example"};
  EXPECT_TRUE(taken(ann(text("iss", "https://id.example")), rules));
  EXPECT_TRUE(unfit(ann(text("iss", "https://id.example/")), rules));
  EXPECT_TRUE(unfit(ann(), rules));
  EXPECT_TRUE(unfit(ann(R"("iss":["https://id.example"])"), rules));
  EXPECT_TRUE(taken(ann(text("iss", "anybody"))));
  EXPECT_TRUE(unfit(ann("\"iss\":5")));
}

TEST(jwt_claims, aud_must_name_this_server) {
  const token_rules rules{.audience = "chat"};
  EXPECT_TRUE(taken(ann(text("aud", "chat")), rules));
  EXPECT_TRUE(taken(ann(R"("aud":["mail","chat"])"), rules));
  EXPECT_TRUE(unfit(ann(text("aud", "cha")), rules));
  EXPECT_TRUE(unfit(ann(R"("aud":["mail"])"), rules));
  EXPECT_TRUE(unfit(ann(R"("aud":[])"), rules));
  EXPECT_TRUE(unfit(ann(R"("aud":["chat",5])"), rules));
  EXPECT_TRUE(unfit(ann(), rules));
  EXPECT_TRUE(unfit(ann(text("aud", "chat")))) << "meant for somebody, and nobody said it is us";
  EXPECT_TRUE(unfit(ann(text("aud", ""))));
  EXPECT_TRUE(unfit(ann("\"aud\":5")));
}

TEST(jwt_claims, unknown_claims_do_not_matter) {
  EXPECT_TRUE(taken(ann(R"("jti":5,"email":"a@b","https://example.com/x":{"y":[null]})")));
}

}  // namespace
}  // namespace roomlog::testing
