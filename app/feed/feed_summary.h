// What a feed has done so far, and how that is told to people and to programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "app/feed/feed_plan.h"

namespace roomlog {

struct feed_summary {
  feed_counts read;
  std::size_t files = 0, nicks = 0, sendable = 0;

  // Of lines; joins and the room are apart.
  std::uint64_t accepted = 0, duplicates = 0;
  std::map<std::string, std::uint64_t> refused;  // by the error's code
  std::vector<std::string> refused_shown;        // "name:line: code: message", the first ones
  std::string room = "not reached";              // made, there already, not reached
  std::uint64_t joins_accepted = 0, joins_duplicate = 0;

  std::uint64_t commands_sent = 0;               // every attempt of every command
  std::map<std::string, std::uint64_t> retries;  // by the code that made them necessary
  std::uint64_t connections = 0, connections_lost = 0;
  std::chrono::duration<double> elapsed{};
  std::string stopped;  // why it ended before its end, or empty

  std::uint64_t refused_count() const;
  std::uint64_t settled() const { return accepted + duplicates + refused_count(); }
};

void print_for_people(const feed_summary& report, std::ostream& out);
// One JSON object in one line.
void print_json(const feed_summary& report, std::ostream& out);

}  // namespace roomlog
