// The hashes that prove agreement. Exact byte forms: docs/fold.md.
#pragma once

#include <string>

#include "projections/fold/decided.h"
#include "projections/fold/hash128.h"

namespace roomlog {

// Of everything in an event that a copy into another log keeps: not its append id, offset,
// deadline, trace or origin. `scratch` is overwritten.
hash128 event_digest(const event& ev, std::string& scratch);

// H of a partition after one more record. `moved` is that of watermark_moves where the verdict is
// `advanced`, else empty.
hash128 next_partition_hash(const hash128& h, offset at, const hash128& record_digest,
                            const verdict& decision, std::string_view moved = {});

// A room's hash after one more accepted event.
hash128 next_room_hash(const hash128& h, seq_no seq, const hash128& digest,
                       timestamp shown_time) noexcept;

}  // namespace roomlog
