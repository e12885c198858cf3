// Reading a log as it stands: records as they are, or with the verdicts of a fold in memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "log/log.h"
#include "projections/fold/decided.h"
#include "replay/read_range.h"

namespace roomlog {

struct read_request {
  std::optional<partition_id> partition;  // none: all of them
  std::string room_key;                   // "tenant/room"; empty: whatever is there
  bool decisions = false;  // every record with its verdict, not only what was accepted
  read_range range;        // of seqs and shown times with a room, else of offsets
};

// Takes lines with their ends, in pieces of some kilobytes; false: nobody listens any more.
using line_sink = std::function<bool(std::string_view)>;

// errc::damaged says where. Blocks until everything was said.
result<> read_records(log& events, const read_request& wanted, const line_sink& out);
// The same from a fold over what is there now.
result<> read_decided(log& events, const read_request& wanted, const line_sink& out);

}  // namespace roomlog
