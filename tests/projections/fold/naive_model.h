// The fold's rules once more, as plainly as they can be said: maps, no store, no hashes, no speed.
// It shares no code with the fold; only the domain's value types.
#pragma once

#include <functional>
#include <string>

#include "schemas/records/event.h"

namespace roomlog::testing {

// Numbered as docs/fold.md numbers them; seq, offset and time of the event spoken of, or 0.
struct naive_verdict {
  int kind, reason = 0;
  std::uint64_t seq = 0, at = 0;
  std::int64_t time = 0;
  std::string moved = {};  // watermarks: "bob 2/1>3/1 " for each that moved
};
// Takes each record in turn (null: bytes that are no record), with its offset and append time.
using naive_model = std::function<naive_verdict(const event*, std::uint64_t, std::int64_t)>;
naive_model make_naive_model();

}  // namespace roomlog::testing
