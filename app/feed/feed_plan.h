// What a feed is going to send: the files read, their lines counted, the sendable ones in order.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/feed/irc_log.h"
#include "log/base/result.h"

namespace roomlog {

// One sendable line. Small, since there are many; the words are in the plan's files.
struct feed_item {
  std::uint32_t file = 0;
  std::uint32_t line = 0;  // index in its file, from 0
  std::uint32_t nick = 0;
  bool follows = false;  // the sendable line before it is of the same file and nick
};

struct feed_counts {
  std::size_t lines = 0;
  std::size_t byte_order_marks = 0, carriage_returns = 0;  // that were dropped
  std::array<std::size_t, irc_kind_count> kinds{};
  std::array<std::size_t, irc_trouble_count> unsendable{};  // messages and actions, by trouble
  std::vector<std::string> unparsable;                      // "name:line: text", the first ones
};

// Immutable once made.
struct feed_plan {
  std::vector<irc_file> files;
  std::vector<feed_item> items;    // in the order of the files, as given, and of their lines
  std::vector<std::string> nicks;  // user ids, in the order of their first line
  feed_counts read;

  const irc_line& line_of(const feed_item& item) const { return files[item.file].lines[item.line]; }
};

// Reads all files into memory. errc::invalid when two have the same name: their cids would collide.
result<feed_plan> make_feed_plan(std::span<const std::filesystem::path> paths);

// 32 hex digits; `line_number` is from 1.
std::string feed_cid(std::string_view file_name, std::size_t line_number);

// "2004-12-25T09:14", or empty where the date or the time is not known.
std::string feed_time(const irc_file& file, const irc_line& line);

}  // namespace roomlog
