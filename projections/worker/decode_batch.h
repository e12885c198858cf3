// The records of one read of the log, as the fold decides them.
#pragma once

#include <memory>
#include <vector>

#include "log/record.h"
#include "projections/fold/decided.h"

namespace roomlog {

constexpr offset no_limit{~std::uint64_t{0}};

struct decoded_batch {
  std::shared_ptr<decided_batch> batch;
  std::vector<bool> valid;  // which records could be decoded
};

// The records below `until`, not decided yet. They were read from `begin` on.
decoded_batch decode_batch(std::shared_ptr<const record_batch> records, offset begin, offset until);

}  // namespace roomlog
