#include "app/config/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace roomlog {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string_view> nearest_name(std::string_view wanted,
                                             std::span<const std::string_view> names) {
  std::optional<std::string_view> best;
  std::size_t least = 0;
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(wanted, name);
    if (!best || distance < least) {
      best = name;
      least = distance;
    }
  }
  if (best && least > best->size() / 2) return std::nullopt;
  return best;
}

}  // namespace roomlog
