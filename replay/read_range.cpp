#include "replay/read_range.h"

#include <charconv>

#include "schemas/text/time_text.h"

namespace roomlog {

result<read_position> parse_read_position(std::string_view text) {
  if (text == "start") return read_position{};
  if (text.starts_with('@')) {
    const auto time = parse_time_text(text.substr(1));
    if (!time) {
      return error{errc::invalid, "\"" + std::string(text) +
                                      "\" is not a time; write it as in @2026-03-01T09:14:07Z"};
    }
    return read_position{std::nullopt, *time};
  }
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) {
    return error{errc::invalid, "\"" + std::string(text) +
                                    "\" is not a position; write start, a number, or @ and a time"};
  }
  return read_position{number, std::nullopt};
}

bool read_range::begins_after(std::uint64_t number, timestamp time) const {
  return (from.number && number < *from.number) || (from.time && time < *from.time);
}

bool read_range::ends_before(std::uint64_t number, timestamp time) const {
  return (until.number && number >= *until.number) || (until.time && time >= *until.time);
}

}  // namespace roomlog
