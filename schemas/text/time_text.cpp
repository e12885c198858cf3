#include "schemas/text/time_text.h"

#include <algorithm>

namespace roomlog {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t last_us = 253'402'300'800 * second_us - 1;  // 9999-12-31T23:59:59.999999Z

struct civil_date {
  std::int64_t year;
  unsigned month, day;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that
// the leap day is a year's last.
constexpr std::int64_t days_of(civil_date d) {
  const std::int64_t year = d.month <= 2 ? d.year - 1 : d.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = (d.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + d.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}
static_assert(days_of({1970, 1, 1}) == 0);
static_assert(days_of({2000, 3, 1}) == 11'017);

// The inverse, for days ≥ 0.
constexpr civil_date date_of(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = shifted / 146'097;
  const std::int64_t day_of_era = shifted % 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = static_cast<unsigned>((5 * day_of_year + 2) / 153);
  const auto day = static_cast<unsigned>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

void put_digits(char* at, int count, std::uint64_t n) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + n % 10);
    n /= 10;
  }
}

unsigned days_in_month(std::int64_t year, unsigned month) {
  constexpr unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes what it knows from the front of a text; `ok` turns false for good at the first mistake.
class time_decoder {
 public:
  explicit time_decoder(std::string_view text) : rest_(text) {}

  unsigned digits(std::size_t count) {
    unsigned n = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || !is_digit(rest_.front())) return fail();
      n = n * 10 + static_cast<unsigned>(rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return n;
  }
  // One of the characters; 0 where there is none of them.
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) return 0;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void expect(std::string_view allowed) {
    if (one_of(allowed) == 0) fail();
  }
  // What follows the dot: at least one digit, the seventh and later ones are dropped.
  unsigned microseconds() {
    unsigned n = 0;
    std::size_t count = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), ++count) {
      if (count < 6) n = n * 10 + static_cast<unsigned>(rest_.front() - '0');
    }
    if (count == 0) return fail();
    for (; count < 6; ++count) n *= 10;
    return n;
  }
  unsigned fail() {
    ok_ = false;
    return 0;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// Minutes that local time is ahead of UTC.
std::int64_t read_zone(time_decoder& in) {
  if (in.one_of("Zz") != 0) return 0;
  const char sign = in.one_of("+-");
  if (sign == 0) return in.fail();
  const unsigned hours = in.digits(2);
  in.expect(":");
  const unsigned minutes = in.digits(2);
  if (hours > 23 || minutes > 59) return in.fail();
  const std::int64_t ahead = hours * 60 + minutes;
  return sign == '+' ? ahead : -ahead;
}

}  // namespace

void append_time_text(std::string& out, timestamp t) {
  const std::int64_t us = std::clamp(t.value, std::int64_t{0}, last_us);
  const civil_date date = date_of(us / day_us);
  const auto of_day = static_cast<std::uint64_t>(us % day_us);
  const std::uint64_t second = of_day / second_us;
  char text[] = "0000-00-00T00:00:00.000000Z";
  static_assert(sizeof text == time_text_size + 1);
  put_digits(text, 4, static_cast<std::uint64_t>(date.year));
  put_digits(text + 5, 2, date.month);
  put_digits(text + 8, 2, date.day);
  put_digits(text + 11, 2, second / 3600);
  put_digits(text + 14, 2, second / 60 % 60);
  put_digits(text + 17, 2, second % 60);
  put_digits(text + 20, 6, of_day % second_us);
  out.append(text, time_text_size);
}

std::string time_text(timestamp t) {
  std::string text;
  append_time_text(text, t);
  return text;
}

std::optional<timestamp> parse_time_text(std::string_view text) {
  time_decoder in(text);
  civil_date date{};
  date.year = in.digits(4);
  in.expect("-");
  date.month = in.digits(2);
  in.expect("-");
  date.day = in.digits(2);
  in.expect("Tt");
  const unsigned hour = in.digits(2);
  in.expect(":");
  const unsigned minute = in.digits(2);
  in.expect(":");
  const unsigned second = in.digits(2);
  const unsigned fraction = in.one_of(".") != 0 ? in.microseconds() : 0;
  const std::int64_t ahead_minutes = read_zone(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  if (date.month < 1 || date.month > 12 || date.day < 1 ||
      date.day > days_in_month(date.year, date.month)) {
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t minutes = days_of(date) * 1440 + hour * 60 + minute - ahead_minutes;
  // A leap second stands at the end of a UTC day only, and counts as the second after it.
  if (second == 60 && (minutes % 1440 + 1440) % 1440 != 1439) return std::nullopt;
  const std::int64_t us = (minutes * 60 + second) * second_us + fraction;
  if (us > last_us) return std::nullopt;
  return timestamp{us};
}

}  // namespace roomlog
