// The history view: every accepted event by room and seq, and apart from it what later events made
// of a message, so that an edit or a deletion writes a few bytes and never a record again.
//
//   'H' room-id seq   what never changes: the event's head, and its record      (history_record)
//   'S' room-id seq   the standing of a message that was edited or deleted    (message_standing)
#pragma once

#include <optional>

#include "projections/views/view.h"

namespace roomlog {

constexpr view_id history_view_id{2};
constexpr std::uint8_t history_view_version = 2;

// The head, then the record's bytes as they stand in the log.
struct history_record {
  offset at;
  timestamp shown_time;
  std::string_view record;

  void encode(std::string& out) const;
  static history_record decode(std::string_view bytes);
};

struct message_standing {
  bool deleted = false;
  std::uint32_t edit_count = 0;
  seq_no last_edit;  // the event whose text stands now; 0: none

  void encode(std::string& out) const;
  static message_standing decode(std::string_view bytes);
};

// The records of `in` from `first` on, in seq order; first = head + 1 gives the upper bound.
key_builder history_key(partition_id partition, room_id in, seq_no first);
// The same for the standings; most messages have none.
key_builder standing_key(partition_id partition, room_id in, seq_no first);

class history_view final : public partition_view {
 public:
  history_view(partition_store& store, fold_state& fold)
      : partition_view(store, fold, history_view_id, history_view_version) {}

 private:
  void apply(room_id in, const record_view& record, const decided_event& decided) override;
  template <class Change>
  void change_standing(room_id in, seq_no target, Change&& change);

  std::string value_;  // being encoded
};

}  // namespace roomlog
