#include "schemas/text/text_encoding.h"

#include <algorithm>

#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::string_view little_endian_mark = "\xFF\xFE";  // of UTF-16, and UTF-32 begins so too
constexpr std::string_view big_endian_mark = "\xFE\xFF";

// The bytes of the mark at the beginning; 0: none.
std::size_t wide_mark_bytes(std::string_view bytes) {
  constexpr std::string_view big_endian_utf32_mark("\0\0\xFE\xFF", 4);
  if (bytes.starts_with(big_endian_utf32_mark)) return big_endian_utf32_mark.size();
  return bytes.starts_with(little_endian_mark) || bytes.starts_with(big_endian_mark) ? 2 : 0;
}

// Whether every second byte of the beginning is zero, as in ASCII text in UTF-16 or UTF-32.
bool spells_wide_ascii(std::string_view bytes) {
  constexpr std::size_t looked_at_max = 16;
  bytes.remove_prefix(wide_mark_bytes(bytes));
  const std::size_t pairs = std::min(bytes.size(), looked_at_max) / 2;
  if (pairs < 2) return false;
  bool first_is_zero = true, second_is_zero = true;
  for (std::size_t i = 0; i < pairs; ++i) {
    first_is_zero = first_is_zero && bytes[2 * i] == '\0';
    second_is_zero = second_is_zero && bytes[2 * i + 1] == '\0';
  }
  return first_is_zero != second_is_zero;
}

error wide(const std::string& source) {
  return {errc::malformed, source + " is encoded in UTF-16 or UTF-32; save it as UTF-8"};
}

}  // namespace

result<std::string_view> text_without_mark(std::string_view bytes, const std::string& source) {
  if (wide_mark_bytes(bytes) > 0 || spells_wide_ascii(bytes)) return wide(source);
  if (bytes.starts_with(utf8_mark)) bytes.remove_prefix(utf8_mark.size());
  return bytes;
}

result<std::string_view> secret_without_mark(std::string_view bytes, const std::string& source) {
  if (spells_wide_ascii(bytes)) return wide(source);
  if (bytes.starts_with(utf8_mark) && is_valid_utf8(bytes)) bytes.remove_prefix(utf8_mark.size());
  return bytes;
}

}  // namespace roomlog
