#include "app/feed/irc_log.h"

#include <optional>

#include "log/base/posix_file.h"
#include "schemas/text/text_encoding.h"
#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

constexpr std::size_t text_code_points_max = 4000;
constexpr std::size_t user_bytes_max = 255;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool take(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

irc_trouble trouble_of_text(std::string_view text) noexcept {
  if (text.empty()) return irc_trouble::empty_text;
  if (!is_valid_utf8(text)) return irc_trouble::invalid_utf8;
  if (text.find('\0') != std::string_view::npos) return irc_trouble::contains_nul;
  return count_code_points(text) > text_code_points_max ? irc_trouble::text_too_long
                                                        : irc_trouble::none;
}

bool fit_for_user(std::string_view nick) noexcept {
  if (nick.empty() || nick.size() > user_bytes_max) return false;
  for (const char c : nick) {
    if (c < 0x20 || c > 0x7E) return false;
  }
  return true;
}

irc_line spoken(irc_kind kind, std::string_view nick, std::string_view text) noexcept {
  irc_line line;
  line.kind = kind;
  line.nick = trimmed(nick);
  line.text = text;
  line.trouble = fit_for_user(line.nick) ? trouble_of_text(text) : irc_trouble::unfit_nick;
  return line;
}

irc_line unparsable(irc_trouble why) noexcept {
  irc_line line;
  line.trouble = why;
  return line;
}

// "<nick> text". Old clients broke nicks apart ("<bur[n] er>"), so the nick runs up to the first
// '>'. A line that ends at it, or right after the space, is a message of no text.
irc_line parse_message(std::string_view rest) noexcept {
  const std::size_t end = rest.find('>');
  if (end == std::string_view::npos) return unparsable(irc_trouble::unknown_form);
  const std::string_view nick = rest.substr(0, end);
  std::string_view text = rest.substr(end + 1);
  if (!text.empty() && !take(text, " ")) return unparsable(irc_trouble::unknown_form);
  return spoken(irc_kind::message, nick, text);
}

// "nick text", after " * ".
irc_line parse_action(std::string_view rest) noexcept {
  const std::size_t end = rest.find(' ');
  if (end == std::string_view::npos) return spoken(irc_kind::action, rest, {});
  return spoken(irc_kind::action, rest.substr(0, end), rest.substr(end + 1));
}

// Minute of the day and what follows "[HH:MM] "; nothing when the line does not begin so.
std::optional<int> take_time(std::string_view& line) noexcept {
  if (line.size() < 8 || line[0] != '[' || line[3] != ':' || line[6] != ']' || line[7] != ' ' ||
      !is_digit(line[1]) || !is_digit(line[2]) || !is_digit(line[4]) || !is_digit(line[5])) {
    return std::nullopt;
  }
  const int hour = (line[1] - '0') * 10 + (line[2] - '0');
  const int minute = (line[4] - '0') * 10 + (line[5] - '0');
  line.remove_prefix(8);
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

irc_line system_line(irc_kind kind, std::string_view nick, std::string_view detail) noexcept {
  irc_line line;
  line.kind = kind;
  line.nick = trimmed(nick);
  line.detail = trimmed(detail);
  return line;
}

// A nick, also one that an old client has broken apart behind a bracket: "a[n] n".
bool is_nick(std::string_view text) noexcept {
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    if (at == 0 || text[at - 1] != ']') return false;
  }
  return !text.empty();
}

// "nick [user@host]  has joined #channel": who is before the verb, the rest after it.
std::optional<irc_line> parse_presence(std::string_view rest, std::string_view verb,
                                       irc_kind kind) noexcept {
  const std::size_t at = rest.find(verb);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view who = trimmed(rest.substr(0, at));
  std::string_view detail = rest.substr(at + verb.size());
  const std::size_t host = who.rfind('[');
  const bool with_host = host != std::string_view::npos && who.back() == ']';
  if (with_host ? trimmed(who.substr(0, host)).empty() : !is_nick(who)) return std::nullopt;
  if (kind == irc_kind::joined && with_host) detail = who.substr(host + 1, who.size() - host - 2);
  return system_line(kind, with_host ? who.substr(0, host) : who, detail);
}

std::optional<irc_line> parse_nick_change(std::string_view rest) noexcept {
  constexpr std::string_view verb = " is now known as ";
  const std::size_t at = rest.find(verb);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = trimmed(rest.substr(0, at));
  const std::string_view after = trimmed(rest.substr(at + verb.size()));
  if (!is_nick(before) || !is_nick(after)) return std::nullopt;
  return system_line(irc_kind::nick_changed, before, after);
}

// After "=== ". Verbs with two spaces before them are the logger's own; people's actions, which
// older logs wrote in the same place, have one.
irc_line parse_system(std::string_view rest) noexcept {
  if (auto line = parse_nick_change(rest)) return *line;
  if (auto line = parse_presence(rest, " has joined #", irc_kind::joined)) return *line;
  if (auto line = parse_presence(rest, " has left #", irc_kind::left)) return *line;
  if (auto line = parse_presence(rest, "  has quit", irc_kind::quit)) return *line;
  if (auto line = parse_presence(rest, " was kicked off #", irc_kind::kicked)) return *line;
  if (rest.starts_with("mode/#")) return system_line(irc_kind::mode, {}, rest.substr(5));
  if (rest.starts_with("..[topic/#") || rest.starts_with("Topic ")) {
    return system_line(irc_kind::topic, {}, rest);
  }
  return system_line(irc_kind::other_system, {}, rest);
}

}  // namespace

const char* to_string(irc_kind kind) noexcept {
  constexpr const char* names[] = {"message", "action",       "joined", "left",
                                   "quit",    "nick_changed", "kicked", "mode",
                                   "topic",   "other_system", "empty",  "unparsable"};
  static_assert(std::size(names) == irc_kind_count);
  return names[static_cast<std::size_t>(kind)];
}

const char* to_string(irc_trouble trouble) noexcept {
  constexpr const char* names[] = {"none",       "unknown_form", "bad_time",     "empty_text",
                                   "unfit_nick", "invalid_utf8", "contains_nul", "text_too_long"};
  static_assert(std::size(names) == irc_trouble_count);
  return names[static_cast<std::size_t>(trouble)];
}

irc_line parse_irc_line(std::string_view line) noexcept {
  if (line.empty()) {
    irc_line nothing;
    nothing.kind = irc_kind::empty;
    return nothing;
  }
  if (take(line, "===")) return parse_system(trimmed(line));
  const auto minute = take_time(line);
  if (!minute) return unparsable(irc_trouble::unknown_form);
  if (*minute < 0) return unparsable(irc_trouble::bad_time);
  irc_line parsed = unparsable(irc_trouble::unknown_form);
  if (take(line, "<")) {
    parsed = parse_message(line);
  } else if (take(line, " * ")) {
    parsed = parse_action(line);
  }
  parsed.minute = static_cast<std::int16_t>(*minute);
  return parsed;
}

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// "2004-12-25" from the start of the name; empty when it does not begin so.
std::string date_of(std::string_view name) {
  if (name.size() < 10 || name[4] != '-' || name[7] != '-') return {};
  for (const std::size_t i : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u}) {
    if (!is_digit(name[i])) return {};
  }
  const int month = (name[5] - '0') * 10 + (name[6] - '0');
  const int day = (name[8] - '0') * 10 + (name[9] - '0');
  if (month < 1 || month > 12 || day < 1 || day > 31) return {};
  return std::string(name.substr(0, 10));
}

}  // namespace

irc_file parse_irc_file(std::string name, std::vector<char> bytes) {
  irc_file file;
  file.date = date_of(name);
  file.name = std::move(name);
  file.bytes = std::move(bytes);
  std::string_view rest(file.bytes.data(), file.bytes.size());
  if (file.byte_order_mark = rest.starts_with(byte_order_mark); file.byte_order_mark) {
    file.bytes.erase(file.bytes.begin(), file.bytes.begin() + byte_order_mark.size());
    rest = {file.bytes.data(), file.bytes.size()};
  }
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
      ++file.carriage_returns;
    }
    file.lines.push_back(parse_irc_line(line));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return file;
}

result<irc_file> read_irc_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  if (auto text = text_without_mark(*bytes, path.string()); !text) return text.error();
  return parse_irc_file(path.filename().string(), {bytes->begin(), bytes->end()});
}

}  // namespace roomlog
