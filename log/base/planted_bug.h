// Bugs that a test build has on purpose, so that the simulation and the proof programs can show
// that they find them. Only a build with ROOMLOG_PLANTED_BUGS has them; the environment variable
// PLANTED_BUG names the one that is switched on. In every other build planted() is a constant.
#pragma once

#include <span>
#include <string_view>

namespace roomlog {

#ifdef ROOMLOG_PLANTED_BUGS
// Ends the process where the environment names a bug that is not in the list. Thread-safe.
bool planted(std::string_view bug);
std::span<const std::string_view> planted_bugs();
#else
constexpr bool planted(std::string_view) {
  return false;
}
inline std::span<const std::string_view> planted_bugs() {
  return {};
}
#endif

}  // namespace roomlog
