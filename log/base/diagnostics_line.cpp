#include "log/base/diagnostics_line.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "log/base/hex.h"

namespace roomlog::diagnostics {
namespace {

std::string utc_text(timestamp at) {
  const std::time_t seconds = at.value / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 96> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
                                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                 utc.tm_min, utc.tm_sec, static_cast<int>(at.value % 1'000'000));
  return {text.data(), static_cast<std::size_t>(size)};
}

// Bytes of the well-formed UTF-8 character at the front (RFC 3629, section 4); 0 where there is
// none.
std::size_t utf8_size(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& to, std::string_view text, format how) {
  while (!text.empty()) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    std::size_t taken = 1;
    if (c == '\n') {
      to += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      to += "\\u00";
      append_hex(to, c);
    } else if (how == format::json && (c == '"' || c == '\\')) {
      to.append({'\\', c});
    } else if (how == format::json && utf8_size(text) == 0) {
      to += "\\ufffd";
    } else {
      taken = how == format::json ? utf8_size(text) : 1;
      to += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
}

}  // namespace

const char* name_of(level severity) {
  switch (severity) {
    case level::debug:
      return "debug";
    case level::info:
      return "info";
    case level::warn:
      return "warn";
    case level::error:
      return "error";
  }
  return "error";
}

std::string make_line(timestamp now, level severity, std::string_view area, std::string_view text,
                      format how) {
  std::string line;
  line.reserve(text.size() + 96);
  if (how == format::json) {
    line.append("{\"ts\":\"").append(utc_text(now));
    line.append("\",\"level\":\"").append(name_of(severity)).append("\",\"area\":\"");
    append_escaped(line, area, how);
    line += "\",\"text\":\"";
    append_escaped(line, text, how);
    line += "\"}";
    return line;
  }
  line.append(utc_text(now)).append(" ").append(name_of(severity)).append(" ");
  append_escaped(line, area, how);
  line += ": ";
  append_escaped(line, text, how);
  return line;
}

}  // namespace roomlog::diagnostics
