// IRC day logs as #ubuntu kept them: one file a day, one line an event. A pure parser: a line goes
// in, exactly one classification comes out, and nothing is altered or dropped in silence.
//
//   [09:14] <ann> good morning                         message
//   [09:15]  * ann waves                               action ("/me")
//   === ann [~ann@host.example]  has joined #ubuntu    system line: joined
//   === ann [~ann@host.example]  has left #ubuntu []   system line: left
//   === ann is now known as ann_away                   system line: nick_changed
//
// The date is in the file's name (2004-12-25….log); the lines know the minute only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"

namespace roomlog {

enum class irc_kind : std::uint8_t {
  message,
  action,
  joined,
  left,
  quit,
  nick_changed,
  kicked,
  mode,
  topic,
  other_system,  // begins with "===" and is none of the above; older logs wrote actions like this
  empty,         // a line of no bytes
  unparsable,
};
constexpr std::size_t irc_kind_count = 12;

// Why a message or action cannot be sent, or why a line was not parsed.
enum class irc_trouble : std::uint8_t {
  none,
  unknown_form,   // unparsable: neither "[HH:MM] …" in one of its forms nor "==="
  bad_time,       // unparsable: "[HH:MM]" beyond 23:59
  empty_text,     // nothing follows the nick
  unfit_nick,     // not a user id: 1–255 characters of 0x20–0x7E
  invalid_utf8,   // the text is no UTF-8
  contains_nul,   // the text has U+0000
  text_too_long,  // more than 4,000 code points
};
constexpr std::size_t irc_trouble_count = 8;

const char* to_string(irc_kind kind) noexcept;
const char* to_string(irc_trouble trouble) noexcept;

// Views point into the line.
struct irc_line {
  irc_kind kind = irc_kind::unparsable;
  irc_trouble trouble = irc_trouble::none;
  std::int16_t minute = -1;  // of the day; -1: the line has no time
  std::string_view nick;     // whose line it is, without the spaces around it; may be empty
  std::string_view text;     // message, action: the exact bytes up to the end of what was given
  std::string_view detail;   // new nick, reason, mode, host: what the system line says beside that

  bool sendable() const noexcept {
    return (kind == irc_kind::message || kind == irc_kind::action) && trouble == irc_trouble::none;
  }
};

// `line` is without its LF or CR LF.
irc_line parse_irc_line(std::string_view line) noexcept;

// A whole file. Immovable in effect: `lines` point into `bytes`, which stay where they are when the
// object is moved, as a std::vector's do.
struct irc_file {
  std::string name;  // last part of the path
  std::string date;  // "2004-12-25", or empty when the name does not begin with a date
  std::vector<char> bytes;
  std::vector<irc_line> lines;  // line n of an editor is lines[n - 1]
  // What was dropped: a byte order mark before the first line, a CR before so many LFs or the end.
  bool byte_order_mark = false;
  std::size_t carriage_returns = 0;
};

// Splits at LF or CR LF; bytes after the last one are a line too. Thread-safe.
irc_file parse_irc_file(std::string name, std::vector<char> bytes);
// errc::not_found, errc::io, errc::malformed for UTF-16; the text names the path.
result<irc_file> read_irc_file(const std::filesystem::path& path);

}  // namespace roomlog
