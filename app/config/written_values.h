// Values of settings that are more than one number or text: lists, ranges of numbers, networks.
// Items are separated by commas; blanks around them do not count.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pushers/transport/ip_address.h"

namespace roomlog {

// In the order given; none in an empty text.
std::vector<std::string> list_items(std::string_view text);
std::string joined(std::span<const std::string> items);  // "a,b"

// "3" or "0-3", up to 65535.
struct number_range {
  std::uint32_t first = 0, last = 0;
  bool operator==(const number_range&) const = default;
};
std::optional<number_range> parse_number_range(std::string_view text);
std::string to_string(const number_range& range);
// What the ranges stand for, ascending, each number once.
std::vector<std::uint32_t> numbers_in(std::span<const number_range> ranges);

// "10.0.0.0/8", as it was written and as it is used.
struct network {
  std::string text;
  ip_range range;
  bool operator==(const network& other) const { return text == other.text; }
};
std::optional<network> parse_network(std::string_view text);

}  // namespace roomlog
