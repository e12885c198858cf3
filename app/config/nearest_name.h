// "did you mean": the name that takes the fewest edits.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace roomlog {

// Levenshtein distance, bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The first of the nearest; none where even that differs in more than half of its letters.
std::optional<std::string_view> nearest_name(std::string_view wanted,
                                             std::span<const std::string_view> names);

}  // namespace roomlog
