// Sequences of records as a bad world would write them: mostly sensible commands of a few users in
// a few rooms, with retries, conflicts, stale and lost appends, new fences, expired deadlines,
// missing predecessors and garbage in between.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "log/base/types.h"

namespace roomlog::testing {

struct generated_record {
  std::string value;
  timestamp append_time;
};

rc::Gen<std::vector<generated_record>> generated_records(std::size_t count_max);

}  // namespace roomlog::testing
