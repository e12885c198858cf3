// One partition's fold on a store in memory, fed record by record.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

#include "projections/fold/fold.h"
#include "projections/store/memory_state_store.h"
#include "tests/projections/fold/drafts.h"

namespace roomlog {

inline void PrintTo(const verdict& v, std::ostream* out) {
  *out << to_string(v.kind) << "(" << to_string(v.reason) << ") seq " << v.seq.value << " offset "
       << v.first_offset.value << " time " << v.shown_time.value;
}

}  // namespace roomlog

namespace roomlog::testing {

constexpr std::string_view rig_gateway = "gateway-1";
constexpr std::uint64_t rig_nonce = 77;

class fold_rig {
 public:
  // Of partition 0 of a log with so many. Starts behind a descriptor and a fence of rig_gateway with
  // counter 1.
  explicit fold_rig(std::uint32_t partitions = 1);

  // Encodes, decodes and decides. An event of a room, or watermarks, without an append id
  // gets the next one of rig_gateway. Each record is a millisecond later than the one before.
  verdict take(event e);
  verdict take_bytes(const std::string& value);

  // Where the next record will stand, and when.
  offset at() const { return at_; }
  timestamp now() const { return now_; }
  void set_now(timestamp t) { now_ = t; }
  // The number that the next record of rig_gateway gets.
  std::uint64_t number = 1;

  room_state room(std::string_view key = open_room);
  member_state member(std::string_view user, std::string_view key = open_room);
  fold_state& state() { return state_; }
  // Stages the state and reads it anew, as a restart does.
  fold_state reopened();

 private:
  memory_state_store store_{1};
  fold_state state_{store_.partition(partition_id{0}), partition_id{0}};
  std::shared_ptr<const record_batch> last_;  // the steps of watermarks borrow from it
  offset at_;
  timestamp now_{1'700'000'000'000'000};
};

// Whether the verdict has this kind (and reason, and seq where one is given).
::testing::AssertionResult is(const verdict& v, verdict_kind kind, std::uint64_t seq = 0);
::testing::AssertionResult is(const verdict& v, reject_reason reason);

}  // namespace roomlog::testing
