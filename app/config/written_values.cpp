#include "app/config/written_values.h"

#include <algorithm>
#include <charconv>

namespace roomlog {
namespace {

constexpr std::uint32_t number_max = 65'535;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::vector<std::string> list_items(std::string_view text) {
  std::vector<std::string> out;
  if (trimmed(text).empty()) return out;
  for (;;) {
    const auto comma = text.find(',');
    out.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

std::string joined(std::span<const std::string> items) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out += ',';
    out += item;
  }
  return out;
}

std::optional<number_range> parse_number_range(std::string_view text) {
  number_range out;
  const char* end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, out.first);
  if (read.ec != std::errc{}) return std::nullopt;
  out.last = out.first;
  if (read.ptr != end) {
    if (*read.ptr != '-') return std::nullopt;
    read = std::from_chars(read.ptr + 1, end, out.last);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  }
  if (out.first > out.last || out.last > number_max) return std::nullopt;
  return out;
}

std::string to_string(const number_range& range) {
  const std::string first = std::to_string(range.first);
  return range.first == range.last ? first : first + '-' + std::to_string(range.last);
}

std::vector<std::uint32_t> numbers_in(std::span<const number_range> ranges) {
  std::vector<std::uint32_t> out;
  for (const number_range& range : ranges) {
    for (std::uint32_t n = range.first; n <= range.last; ++n) out.push_back(n);
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<network> parse_network(std::string_view text) {
  const auto range = ip_range::parse(text);
  if (!range) return std::nullopt;
  return network{std::string(text), *range};
}

}  // namespace roomlog
