// Units, ranges and the two ways between text and value.
#include "app/config/setting_value.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

constexpr setting bytes{
    .name = "a.b", .kind = setting_kind::bytes, .help = "", .min = 1024, .max = 1 << 20};
constexpr setting named_bytes{.name = "a.x_bytes",
                              .kind = setting_kind::bytes,
                              .help = "",
                              .min = 0,
                              .max = std::int64_t{1} << 40};
constexpr setting duration{
    .name = "a.b", .kind = setting_kind::duration, .help = "", .min = 0, .max = 86'400'000};
constexpr setting named_ms{
    .name = "a.ping_ms", .kind = setting_kind::duration, .help = "", .min = 0, .max = 60'000};
constexpr setting number{
    .name = "a.b", .kind = setting_kind::integer, .help = "", .min = 1, .max = 256};
constexpr setting truth{.name = "a.b", .kind = setting_kind::boolean, .help = ""};
constexpr setting choice{
    .name = "a.b", .kind = setting_kind::choice, .help = "", .choices = "one two three"};
constexpr setting address{.name = "a.b", .kind = setting_kind::endpoint, .help = ""};

std::int64_t value_of(const setting& s, std::string_view text) {
  const auto parsed = parse_setting(s, text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().text;
  return parsed ? std::get<std::int64_t>(*parsed) : -1;
}
std::string trouble_of(const setting& s, std::string_view text) {
  const auto parsed = parse_setting(s, text);
  EXPECT_FALSE(parsed) << text;
  return parsed ? "" : parsed.error().text;
}

TEST(setting_value, sizes_have_units) {
  EXPECT_EQ(value_of(bytes, "1024B"), 1024);
  EXPECT_EQ(value_of(bytes, "64KiB"), 65536);
  EXPECT_EQ(value_of(bytes, "64 KiB"), 65536);
  EXPECT_EQ(value_of(bytes, "1MiB"), 1 << 20);
  EXPECT_EQ(value_of(named_bytes, "2GiB"), std::int64_t{2} << 30);
}

TEST(setting_value, durations_have_units) {
  EXPECT_EQ(value_of(duration, "200ms"), 200);
  EXPECT_EQ(value_of(duration, "5s"), 5000);
  EXPECT_EQ(value_of(duration, "3m"), 180'000);
  EXPECT_EQ(value_of(duration, "1h"), 3'600'000);
  EXPECT_EQ(value_of(duration, "1d"), 86'400'000);
}

TEST(setting_value, a_bare_number_is_taken_only_where_the_name_has_the_unit) {
  EXPECT_EQ(value_of(named_bytes, "1000"), 1000);
  EXPECT_EQ(value_of(named_ms, "1000"), 1000);
  EXPECT_NE(trouble_of(bytes, "2048").find("needs a unit"), std::string::npos);
  EXPECT_NE(trouble_of(duration, "5").find("needs a unit"), std::string::npos);
  EXPECT_EQ(value_of(duration, "0"), 0);
}

TEST(setting_value, strange_units_are_refused) {
  EXPECT_NE(trouble_of(bytes, "5 parsecs").find("KiB"), std::string::npos);
  EXPECT_NE(trouble_of(bytes, "64kb").find("KiB"), std::string::npos);
  EXPECT_NE(trouble_of(duration, "5sec").find("ms, s, m, h, d"), std::string::npos);
  EXPECT_NE(trouble_of(number, "5s").find("whole number"), std::string::npos);
  EXPECT_NE(trouble_of(number, "1.5").find("whole number"), std::string::npos);
}

TEST(setting_value, what_is_no_number_is_refused) {
  for (const char* text : {"", " 5", "five", "+5", "x10", "--5"}) {
    EXPECT_EQ(trouble_of(number, text), "must be a number") << text;
  }
}

TEST(setting_value, ranges_hold_at_both_ends_and_are_told_in_units) {
  EXPECT_EQ(value_of(number, "1"), 1);
  EXPECT_EQ(value_of(number, "256"), 256);
  EXPECT_EQ(trouble_of(number, "0"), "must be from 1 to 256");
  EXPECT_EQ(trouble_of(number, "257"), "must be from 1 to 256");
  EXPECT_EQ(value_of(bytes, "1KiB"), 1024);
  EXPECT_EQ(trouble_of(bytes, "1023B"), "must be from 1KiB to 1MiB");
  EXPECT_EQ(trouble_of(bytes, "1048577B"), "must be from 1KiB to 1MiB");
  EXPECT_EQ(trouble_of(duration, "-1s"), "must be from 0 to 1d");
}

TEST(setting_value, numbers_beyond_64_bits_are_out_of_range) {
  EXPECT_EQ(trouble_of(number, "9223372036854775808"), "must be from 1 to 256");
  EXPECT_EQ(trouble_of(bytes, "9223372036854775807GiB"), "must be from 1KiB to 1MiB");
  EXPECT_EQ(trouble_of(bytes, "-9223372036854775808KiB"), "must be from 1KiB to 1MiB");
}

TEST(setting_value, truths_and_choices_are_exact) {
  EXPECT_EQ(*parse_setting(truth, "true"), setting_value(true));
  EXPECT_EQ(*parse_setting(truth, "false"), setting_value(false));
  EXPECT_EQ(trouble_of(truth, "yes"), "must be true or false");
  EXPECT_EQ(*parse_setting(choice, "two"), setting_value(std::int64_t{1}));
  EXPECT_EQ(format_setting(choice, std::int64_t{2}), "three");
  for (const char* text : {"", "tw", "two ", "one two", "Two"}) {
    EXPECT_EQ(trouble_of(choice, text), "must be one, two or three") << text;
  }
}

TEST(setting_value, addresses_are_host_and_port) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:0", "localhost:65535"}) {
    EXPECT_EQ(format_setting(address, *parse_setting(address, text)), text);
  }
  for (const char* text : {"", "8080", ":8080", "a:", "a:65536", "a:-1", "a:b", "::1:80", "[]:1",
                           "[::1]", "[::1:80"}) {
    EXPECT_NE(trouble_of(address, text).find("HOST:PORT"), std::string::npos) << text;
  }
}

TEST(setting_value, proxies_are_addresses_and_networks) {
  constexpr setting proxies{.name = "a.b", .kind = setting_kind::addresses, .help = ""};
  const auto taken = parse_setting(proxies, " 10.0.0.0/8 , 2001:db8::7,192.0.2.1");
  ASSERT_TRUE(taken);
  EXPECT_EQ(format_setting(proxies, *taken), "10.0.0.0/8,2001:db8::7,192.0.2.1");
  EXPECT_TRUE(parse_setting(proxies, ""));
  for (const char* wrong : {"10.0.0.0/33", "localhost", "10.0.0.1,", "[::1]", "10.0.0.1:80"}) {
    EXPECT_FALSE(parse_setting(proxies, wrong)) << wrong;
  }
}

TEST(setting_value, values_are_shown_in_the_largest_unit_that_divides_them) {
  EXPECT_EQ(format_setting(bytes, std::int64_t{1536}), "1536B");
  EXPECT_EQ(format_setting(bytes, std::int64_t{2048}), "2KiB");
  EXPECT_EQ(format_setting(duration, std::int64_t{1500}), "1500ms");
  EXPECT_EQ(format_setting(duration, std::int64_t{120'000}), "2m");
  EXPECT_EQ(format_setting(duration, std::int64_t{0}), "0");
}

}  // namespace
}  // namespace roomlog::testing
