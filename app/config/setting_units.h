// Units in which sections and tables write sizes, and limits of durations, which are milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace roomlog::setting_units {

inline constexpr std::int64_t kib = 1 << 10;
inline constexpr std::int64_t mib = 1 << 20;
inline constexpr std::int64_t gib = 1 << 30;
inline constexpr std::int64_t second = 1000;

}  // namespace roomlog::setting_units
