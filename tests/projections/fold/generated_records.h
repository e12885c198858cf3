// Sequences of records as a bad world would write them: mostly sensible commands of a few users in
// a few rooms, with retries, conflicts, stale and lost appends, new fences, expired deadlines,
// missing predecessors and garbage in between; with watermarks, seals and revocations.
#pragma once

#include <rapidcheck.h>

#include <optional>
#include <string>
#include <vector>

#include "log/base/types.h"

namespace roomlog::testing {

struct generated_record {
  std::string value;
  timestamp append_time;
  // A seal of what stands so many records before it: its hash is the fold's, so `value` is empty.
  std::optional<std::size_t> seal_of = std::nullopt;
};

rc::Gen<std::vector<generated_record>> generated_records(std::size_t count_max);

}  // namespace roomlog::testing
