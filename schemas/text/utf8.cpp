#include "schemas/text/utf8.h"

#include <cstdint>
#include <cstring>

namespace roomlog {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080u;

std::uint64_t load8(const unsigned char* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

const unsigned char* skip_ascii(const unsigned char* p, const unsigned char* end) noexcept {
  while (end - p >= 16 && ((load8(p) | load8(p + 8)) & high_bits) == 0) p += 16;
  while (end - p >= 8 && (load8(p) & high_bits) == 0) p += 8;
  while (p != end && *p < 0x80) ++p;
  return p;
}

// What RFC 3629 §4 allows after a lead byte: how many bytes follow and the range of the first.
struct lead_rule {
  int following;
  unsigned char low, high;
};

lead_rule rule_of(unsigned char lead) noexcept {
  if (lead < 0xC2) return {0, 0, 0};  // a continuation byte, or an overlong form
  if (lead < 0xE0) return {1, 0x80, 0xBF};
  if (lead < 0xF0) {
    if (lead == 0xE0) return {2, 0xA0, 0xBF};  // below is overlong
    if (lead == 0xED) return {2, 0x80, 0x9F};  // above are surrogates
    return {2, 0x80, 0xBF};
  }
  if (lead == 0xF0) return {3, 0x90, 0xBF};  // below is overlong
  if (lead < 0xF4) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};  // above is past U+10FFFF
  return {0, 0, 0};
}

bool is_continuation(unsigned char byte) noexcept {
  return (byte & 0xC0) == 0x80;
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  for (;;) {
    p = skip_ascii(p, end);
    if (p == end) return true;
    const auto rule = rule_of(*p);
    if (rule.following == 0 || end - p <= rule.following) return false;
    if (p[1] < rule.low || p[1] > rule.high) return false;
    for (int i = 2; i <= rule.following; ++i) {
      if (!is_continuation(p[i])) return false;
    }
    p += rule.following + 1;
  }
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += !is_continuation(static_cast<unsigned char>(c));
  return count;
}

}  // namespace roomlog
