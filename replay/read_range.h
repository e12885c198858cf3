// From where to where `roomlog read` reads. Both are "next" positions: `from` is the first that is
// shown, `until` the first that is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "log/base/result.h"
#include "log/base/types.h"

namespace roomlog {

// A number (seq or offset, as the command has it) or a time.
struct read_position {
  std::optional<std::uint64_t> number;
  std::optional<timestamp> time;
};

// "start", "1234", "@2026-03-01T09:14:07Z". errc::invalid.
result<read_position> parse_read_position(std::string_view text);

struct read_range {
  read_position from, until;  // an empty position is no bound

  bool begins_after(std::uint64_t number, timestamp time) const;
  bool ends_before(std::uint64_t number, timestamp time) const;
  bool holds(std::uint64_t number, timestamp time) const {
    return !begins_after(number, time) && !ends_before(number, time);
  }
};

}  // namespace roomlog
