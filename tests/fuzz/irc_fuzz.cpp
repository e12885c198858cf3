// Arbitrary bytes as an IRC day log: every line gets one classification, every view lies within its
// line, and what is called sendable is what the protocol takes.
#include <cstdlib>
#include <functional>
#include <string_view>

#include "app/feed/irc_log.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool within(std::string_view part, const std::vector<char>& whole) {
  const std::less_equal<> before;
  return part.empty() || (before(whole.data(), part.data()) &&
                          before(part.data() + part.size(), whole.data() + whole.size()));
}

void check(const roomlog::irc_line& line, const std::vector<char>& bytes) {
  using roomlog::irc_kind;
  using roomlog::irc_trouble;
  require(roomlog::to_string(line.kind) != nullptr);
  require(roomlog::to_string(line.trouble) != nullptr);
  require(within(line.nick, bytes) && within(line.text, bytes) && within(line.detail, bytes));
  require(line.minute >= -1 && line.minute < 24 * 60);
  if (line.kind == irc_kind::unparsable) require(line.trouble != irc_trouble::none);
  if (!line.sendable()) return;
  require(line.minute >= 0 && !line.text.empty() && line.text.size() <= 16000);
  require(!line.nick.empty() && line.nick.size() <= 255);
  require(line.text.find('\0') == std::string_view::npos);
  require(line.text.find('\n') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto* begin = reinterpret_cast<const char*>(data);
  const auto file = roomlog::parse_irc_file("2004-12-25.log", {begin, begin + size});
  std::size_t line_ends = 0;
  for (const char c : file.bytes) line_ends += c == '\n';
  const bool open_end = !file.bytes.empty() && file.bytes.back() != '\n';
  require(file.lines.size() == line_ends + (open_end ? 1 : 0));
  for (const auto& line : file.lines) check(line, file.bytes);
  return 0;
}
