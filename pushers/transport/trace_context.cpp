#include "pushers/transport/trace_context.h"

#include <algorithm>

namespace roomlog {

namespace {

//  00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//  version  trace id                   parent id      flags
constexpr std::size_t version_end = 2, trace_end = 35, parent_end = 52, whole = 55;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// An id of only zeros is not valid.
bool is_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::string trace_context_of(std::string_view field) {
  if (field.size() < whole) return {};
  const auto version = field.substr(0, version_end), flags = field.substr(parent_end + 1, 2);
  const bool is_known = version == "00";
  const bool is_well_formed = is_lower_hex(version) && version != "ff" &&
                              field[version_end] == '-' && field[trace_end] == '-' &&
                              field[parent_end] == '-' && is_id(field.substr(3, 32)) &&
                              is_id(field.substr(36, 16)) && is_lower_hex(flags);
  const bool ends_well = field.size() == whole || (!is_known && field[whole] == '-');
  if (!is_well_formed || !ends_well) return {};
  if (is_known) return std::string(field);
  // Of the flags of later versions only the lowest bit, "sampled", is known to mean the same.
  constexpr std::string_view odd = "13579bdf";
  const bool is_sampled = odd.find(flags[1]) != std::string_view::npos;
  return "00" + std::string(field.substr(version_end, parent_end - version_end)) +
         (is_sampled ? "-01" : "-00");
}

}  // namespace roomlog
