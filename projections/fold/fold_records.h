// What the fold's state holds, as values; byte forms in docs/fold.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "projections/fold/hash128.h"
#include "projections/store/state_keys.h"
#include "schemas/records/event_bodies.h"

namespace roomlog {

// Where the fold of a partition stands. Written with every commit: this is the checkpoint.
struct partition_state {
  offset next;              // the next record to decide
  offset last;              // the record before it, meaningless while nothing was decided
  hash128 last_digest{};    // of that record's bytes
  hash128 hash{};           // H over everything decided
  std::uint32_t rooms = 0;  // created so far: the next room's id
  bool importing = false;   // an ImportBegun was seen
  // Of the log, by the first LogDescriptor; 0 until it was seen.
  std::uint32_t partitions = 0;
  // Of the bytes of the next record, where it is a seal that stopped the partition; else zeros.
  hash128 refused_seal{};

  void encode(std::string& out) const;
  static partition_state decode(std::string_view bytes);
};

struct gateway_state {
  std::uint64_t counter = 0, nonce = 0;  // of the fence in force
  std::uint64_t last_number = 0;         // of the last append taken

  void encode(std::string& out) const;
  static gateway_state decode(std::string_view bytes);
};

struct room_state {
  room_id id;
  bool is_public = false, direct = false, closed = false;
  seq_no head;
  timestamp last_time;  // shown time of the head
  std::uint32_t members = 0;
  std::uint32_t owners = 0;    // of the members
  std::uint64_t messages = 0;  // posted so far, deleted ones included
  hash128 hash{};              // over (seq, event digest, shown time) of every accepted event

  void encode(std::string& out) const;
  static room_state decode(std::string_view bytes);
};

struct member_state {
  member_role role = member_role::none;  // none: was a member once
  seq_no member_since;                   // the event that made them a member
  seq_no role_since;                     // the event that gave them this role
  seq_no delivered, read;                // watermarks: read ≤ delivered ≤ head; they only grow

  void encode(std::string& out) const;
  static member_state decode(std::string_view bytes);
};

// Value of (room, actor, cid).
struct command_state {
  seq_no seq;
  digest_algorithm algorithm = digest_algorithm::none;
  command_digest digest{};
};

// Stored: the number of any event of a room in event_bodies.h. Rules ask for messages only.
enum class stored_kind : std::uint8_t { message = entry_of<message_posted>().number };

// Value of (room, seq).
struct event_state {
  offset at;
  timestamp shown_time;
  stored_kind kind = stored_kind::message;
  bool deleted = false;
  bool in_thread = false;      // a message that is no root
  std::uint64_t messages = 0;  // of the room, up to and including this seq, deleted ones included
  std::string_view actor;

  void encode(std::string& out) const;
  // Borrows the actor from `bytes`.
  static event_state decode(std::string_view bytes);
};

// Value of (room, target, emoji, user): the event that added or removed this reaction last.
struct reaction_state {
  seq_no seq;
  bool present = false;
};

// Value of an offset at which watermarks moved, so that a view behind the fold can learn it.
struct watermark_moves {
  timestamp shown_time;
  // A byte for each watermark of the record.
  std::string moved;
  enum : int { delivered = 1, read = 2 };
};

// The fold's key of an event; seq head + 1 gives the upper bound of a scan.
key_builder event_key(partition_id partition, room_id in, seq_no seq);
// Followed by the user.
key_builder member_key(partition_id partition, room_id in);

}  // namespace roomlog
