#include "schemas/text/time_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>

namespace roomlog::testing {
namespace {

constexpr timestamp last{253'402'300'799'999'999};

// By the standard library's calendar.
timestamp utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0,
              int us = 0) {
  using namespace std::chrono;
  const sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  const auto at =
      date.time_since_epoch() + hours(hour) + minutes(minute) + seconds(second) + microseconds(us);
  return timestamp{duration_cast<microseconds>(at).count()};
}

// S0.16, conflict 1
TEST(time_text, writes_fixed_width_utc_with_six_digits) {
  EXPECT_EQ(time_text(utc(2026, 3, 1, 9, 14, 7, 123)), "2026-03-01T09:14:07.000123Z");
  EXPECT_EQ(time_text(timestamp{0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(time_text(timestamp{999'999}), "1970-01-01T00:00:00.999999Z");
  EXPECT_EQ(time_text(last), "9999-12-31T23:59:59.999999Z");
}

TEST(time_text, appends_behind_what_is_there) {
  std::string out = "at ";
  append_time_text(out, timestamp{1});
  EXPECT_EQ(out, "at 1970-01-01T00:00:00.000001Z");
}

TEST(time_text, keeps_its_width_for_times_outside_its_years) {
  EXPECT_EQ(time_text(timestamp{-1}), time_text(timestamp{0}));
  EXPECT_EQ(time_text(timestamp{last.value + 1}), time_text(last));
  EXPECT_EQ(time_text(timestamp{std::numeric_limits<std::int64_t>::min()}).size(), time_text_size);
  EXPECT_EQ(time_text(timestamp{std::numeric_limits<std::int64_t>::max()}).size(), time_text_size);
}

TEST(time_text, knows_every_day_of_four_centuries) {
  using namespace std::chrono;
  for (sys_days day = year(1970) / 1 / 1; day < sys_days(year(2371) / 1 / 1); day += days(1)) {
    const year_month_day date(day);
    char expected[32];
    std::snprintf(expected, sizeof expected, "%04d-%02u-%02uT00:00:00.000000Z", int(date.year()),
                  unsigned(date.month()), unsigned(date.day()));
    const timestamp at{duration_cast<microseconds>(day.time_since_epoch()).count()};
    ASSERT_EQ(time_text(at), expected);
    ASSERT_EQ(parse_time_text(expected), at);
  }
}

RC_GTEST_PROP(time_text, reads_what_it_wrote, ()) {
  const timestamp at{*rc::gen::inRange<std::int64_t>(0, last.value)};
  RC_ASSERT(parse_time_text(time_text(at)) == at);
}

// S0.16
RC_GTEST_PROP(time_text, sorts_as_the_times_do, ()) {
  const timestamp a{*rc::gen::inRange<std::int64_t>(0, last.value)};
  const timestamp b{*rc::gen::inRange<std::int64_t>(0, last.value)};
  RC_ASSERT((time_text(a) < time_text(b)) == (a < b));
}

TEST(time_text, reads_offsets) {
  const auto at = utc(2026, 3, 1, 9, 14, 7);
  for (const auto* text :
       {"2026-03-01T09:14:07Z", "2026-03-01t09:14:07z", "2026-03-01T09:14:07+00:00",
        "2026-03-01T09:14:07-00:00", "2026-03-01T10:44:07+01:30", "2026-02-28T23:14:07-10:00",
        "2026-03-02T09:13:07+23:59", "2026-02-28T09:15:07-23:59"}) {
    EXPECT_EQ(parse_time_text(text), at) << text;
  }
}

TEST(time_text, reads_fractions_and_cuts_them_to_six_digits) {
  const auto at = utc(2026, 3, 1, 9, 14, 7);
  const auto plus = [&](std::int64_t us) { return timestamp{at.value + us}; };
  EXPECT_EQ(parse_time_text("2026-03-01T09:14:07.5Z"), plus(500'000));
  EXPECT_EQ(parse_time_text("2026-03-01T09:14:07.000001Z"), plus(1));
  EXPECT_EQ(parse_time_text("2026-03-01T09:14:07.0000019Z"), plus(1));
  EXPECT_EQ(parse_time_text("2026-03-01T09:14:07.123456789012345678901234567890+00:00"),
            plus(123'456));
}

TEST(time_text, knows_leap_years_and_the_lengths_of_months) {
  for (const auto* text : {"2000-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-02-28T00:00:00Z",
                           "2026-04-30T00:00:00Z", "2026-12-31T00:00:00Z"}) {
    EXPECT_TRUE(parse_time_text(text)) << text;
  }
  for (const auto* text : {"1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-02-29T00:00:00Z",
                           "2024-02-30T00:00:00Z", "2026-04-31T00:00:00Z", "2026-06-31T00:00:00Z",
                           "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z", "2026-00-01T00:00:00Z",
                           "2026-13-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time_text(text)) << text;
  }
}

TEST(time_text, takes_a_leap_second_at_the_end_of_a_utc_day_only) {
  EXPECT_EQ(parse_time_text("2016-12-31T23:59:60Z"), utc(2017, 1, 1));
  EXPECT_EQ(parse_time_text("2016-12-31T15:59:60.25-08:00"), utc(2017, 1, 1, 0, 0, 0, 250'000));
  EXPECT_FALSE(parse_time_text("2016-12-31T22:59:60Z"));
  EXPECT_FALSE(parse_time_text("2016-12-31T23:59:60+01:00"));
}

TEST(time_text, reads_times_before_1970_as_negative) {
  EXPECT_EQ(parse_time_text("1969-12-31T23:59:59.999999Z"), timestamp{-1});
  EXPECT_EQ(parse_time_text("1970-01-01T00:00:00+00:01"), timestamp{-60'000'000});
  EXPECT_EQ(parse_time_text("0000-01-01T00:00:00Z"), utc(0, 1, 1));
}

TEST(time_text, refuses_what_it_could_not_write) {
  EXPECT_EQ(parse_time_text("9999-12-31T23:59:59.999999Z"), last);
  EXPECT_FALSE(parse_time_text("9999-12-31T23:59:59-00:01"));
  EXPECT_FALSE(parse_time_text("9999-12-31T23:59:60Z"));
}

TEST(time_text, refuses_other_forms) {
  for (const auto* text : {"",
                           "2026",
                           "2026-03-01",
                           "2026-03-01T09:14Z",
                           "2026-03-01T09:14:07",
                           "2026-03-01 09:14:07Z",
                           "2026-3-1T09:14:07Z",
                           "26-03-01T09:14:07Z",
                           "+2026-03-01T09:14:07Z",
                           "2026-03-01T9:14:07Z",
                           "2026-03-01T24:00:00Z",
                           "2026-03-01T09:60:07Z",
                           "2026-03-01T09:14:61Z",
                           "2026-03-01T09:14:07.Z",
                           "2026-03-01T09:14:07,5Z",
                           "2026-03-01T09:14:07.5",
                           " 2026-03-01T09:14:07Z",
                           "2026-03-01T09:14:07Z ",
                           "2026-03-01T09:14:07ZZ",
                           "2026-03-01T09:14:07+0100",
                           "2026-03-01T09:14:07+01",
                           "2026-03-01T09:14:07+24:00",
                           "2026-03-01T09:14:07+01:60",
                           "2026-03-01T09:14:07 +01:00",
                           "20260301T091407Z",
                           "2026-03-01T09:14:-7Z",
                           "2026-03-01T09:14:07.-5Z",
                           "2026-03-01T09:14:07.5e1Z"}) {
    EXPECT_FALSE(parse_time_text(text)) << text;
  }
}

}  // namespace
}  // namespace roomlog::testing
