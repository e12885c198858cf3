// How often each of a few numbers came: close codes, HTTP statuses. The lists name what the server
// can say; 0, at their end, stands for every other number.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace roomlog {

// docs/protocol.md §1 and RFC 6455 §7.4.1.
inline constexpr std::array<std::uint16_t, 15> counted_close_codes{
    1001, 1002, 1003, 1007, 1009, 1012, 4000, 4001, 4003, 4500, 4501, 4502, 4503, 4506, 0};
// docs/protocol.md §4 and RFC 9110.
inline constexpr std::array<std::uint16_t, 18> http_statuses{
    200, 400, 401, 403, 404, 405, 413, 417, 421, 426, 429, 431, 500, 501, 503, 504, 505, 0};

template <const auto& codes>
struct code_counts {
  std::array<std::uint64_t, codes.size()> counts{};

  void add(unsigned code) {
    const auto at = std::find(codes.begin(), codes.end() - 1, code);
    ++counts[static_cast<std::size_t>(at - codes.begin())];
  }
  std::uint64_t of(unsigned code) const {
    const auto at = std::find(codes.begin(), codes.end() - 1, code);
    return counts[static_cast<std::size_t>(at - codes.begin())];
  }
};

using close_counts = code_counts<counted_close_codes>;
using http_status_counts = code_counts<http_statuses>;

}  // namespace roomlog
