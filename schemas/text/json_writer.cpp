#include "schemas/text/json_writer.h"

#include <charconv>
#include <cstring>

#include "log/base/hex.h"

namespace roomlog {
namespace {

constexpr std::uint64_t each(std::uint64_t byte) {
  return byte * 0x0101010101010101u;
}

// Whether one of eight bytes is `"`, `\` or below 0x20. May say so wrongly only for a byte above
// such a one in the same word, which does no harm: the eight are then looked at one by one.
bool may_need_escape(std::uint64_t word) {
  const auto is_zero = [](std::uint64_t w) { return (w - each(0x01)) & ~w; };
  const std::uint64_t found =
      is_zero(word ^ each('"')) | is_zero(word ^ each('\\')) | ((word - each(0x20)) & ~word);
  return (found & each(0x80)) != 0;
}

bool needs_escape(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

// The next byte at or after `p` that needs an escape, or `end`.
const char* find_escape(const char* p, const char* end) {
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    if (may_need_escape(word)) break;
    p += 8;
  }
  while (p != end && !needs_escape(*p)) ++p;
  return p;
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      append_hex(out, c);
  }
}

template <class Number>
void append_number(std::string& out, Number n) {
  char digits[20];  // of 2^64, or of -2^63 with its sign
  const auto written = std::to_chars(digits, digits + sizeof digits, n);
  out.append(digits, static_cast<std::size_t>(written.ptr - digits));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    const char* const stop = find_escape(p, end);
    out.append(p, static_cast<std::size_t>(stop - p));
    if (stop == end) break;
    append_escape(out, *stop);
    p = stop + 1;
  }
  out += '"';
}

std::string without_markup(std::string json) {
  constexpr std::string_view markup = "<>&";
  // These stand within strings only, so every one may be escaped.
  auto stop = json.find_first_of(markup);
  if (stop == std::string::npos) return json;
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  std::size_t from = 0;
  for (; stop != std::string::npos; stop = json.find_first_of(markup, from)) {
    out.append(json, from, stop - from);
    append_escape(out, json[stop]);
    from = stop + 1;
  }
  return out.append(json, from);
}

void append_json_number(std::string& out, std::uint64_t n) {
  append_number(out, n);
}
void append_json_number(std::string& out, std::int64_t n) {
  append_number(out, n);
}

std::string& json_object::value_of(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  append_json_string(out_, name);
  out_ += ':';
  return out_;
}

json_object& json_object::field(std::string_view name, std::string_view text) {
  append_json_string(value_of(name), text);
  return *this;
}

json_object& json_object::field(std::string_view name, std::uint64_t n) {
  append_json_number(value_of(name), n);
  return *this;
}

json_object& json_object::field(std::string_view name, bool value) {
  value_of(name) += value ? "true" : "false";
  return *this;
}

json_object& json_object::raw(std::string_view name, std::string_view json) {
  value_of(name) += json;
  return *this;
}

}  // namespace roomlog
