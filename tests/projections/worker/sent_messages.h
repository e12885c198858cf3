// The records of one partition in which ann makes a room and writes into it.
#pragma once

#include <string>
#include <vector>

#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/fold/generated_records.h"

namespace roomlog::testing {

// `count` records: the descriptor, a fence of gateway-1, the room, then messages.
inline std::vector<generated_record> messages(std::size_t count) {
  std::vector<generated_record> records = {
      {encode(control_record(log_descriptor{"abc123", 1, 1})), timestamp{1}},
      {encode(fence("gateway-1", 1, 77)), timestamp{2}}};
  for (std::uint64_t n = 1; records.size() < count; ++n) {
    const std::string cid = "c" + std::to_string(n);
    event e = n == 1 ? creates("ann", cid) : says("ann", cid, "hello");
    e.append = {"gateway-1", 1, 77, n};
    records.push_back({encode(e), timestamp{static_cast<std::int64_t>(2 + n)}});
  }
  return records;
}

}  // namespace roomlog::testing
