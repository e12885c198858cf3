// What the fold says of each record, and the batches in which a worker publishes it.
#pragma once

#include <memory>
#include <vector>

#include "log/record.h"
#include "schemas/records/event.h"

namespace roomlog {

// Values are stored in hashes and on disk: never renumber.
enum class verdict_kind : std::uint8_t {
  accepted = 1,
  duplicate = 2,     // of the event `seq`: same (room, actor, cid), same digest
  conflict = 3,      // same (room, actor, cid), other digest; `seq` is the first's
  rejected = 4,      // for `reason`
  stale_append = 5,  // a physical copy, or from a fenced incarnation: never an answer to a client
  out_of_order = 6,  // an append before it is missing: never an answer to a client
  control = 7,       // a control record, taken
  advanced = 8,      // watermarks, taken; those that moved stand in decided_event::steps
};

enum class reject_reason : std::uint8_t {
  none = 0,
  malformed = 1,
  expired = 2,
  predecessor_missing = 3,
  unknown_room = 4,
  room_exists = 5,
  room_closed = 6,
  not_member = 7,
  no_permission = 8,
  // A seq that is not there, is of another kind or was deleted; a user who is no member; a reaction
  // that never was there.
  invalid_target = 9,
};

const char* to_string(verdict_kind kind) noexcept;
const char* to_string(reject_reason reason) noexcept;

struct verdict {
  verdict_kind kind = verdict_kind::rejected;
  reject_reason reason = reject_reason::none;
  seq_no seq;            // accepted: its own; duplicate and conflict: the first's
  offset first_offset;   // accepted: its own; duplicate and conflict: the first's
  timestamp shown_time;  // the same way; advanced: when the watermarks moved

  friend bool operator==(const verdict&, const verdict&) = default;
};

// Whether two commands with one (room, actor, cid) are the same command. Digests of two algorithms
// cannot be compared: the client's cid alone says so then.
inline bool is_same_command(digest_algorithm first_how, const command_digest& first,
                            digest_algorithm how, const command_digest& digest) {
  return first_how != how || first == digest;
}

// A watermark that moved. Borrows the user from the record.
struct watermark_step {
  std::string_view user;
  seq_no delivered_before, read_before;
  seq_no delivered, read;  // from here on

  friend bool operator==(const watermark_step&, const watermark_step&) = default;
};

// One record with its verdict. `ev` borrows from the batch's records; it is default-made for a
// malformed record.
struct decided_event {
  offset at;
  timestamp append_time;
  verdict decision;
  event ev;
  std::vector<watermark_step> steps = {};  // advanced: in the order of the record
};

// Immutable; shared by pointer with every reader of the partition.
struct decided_batch {
  partition_id partition;
  offset begin, end;
  std::shared_ptr<const record_batch> records;
  std::vector<decided_event> events;
  std::size_t steps_bytes = 0;  // of all the events' steps

  // Of memory held, for bounds.
  std::size_t bytes() const {
    return (records ? records->bytes() : 0) + events.capacity() * sizeof(decided_event) +
           steps_bytes;
  }
};

using decided_batch_ptr = std::shared_ptr<const decided_batch>;

}  // namespace roomlog
