// The history view: every accepted event by room and seq, with what later events made of it. Edits
// and deletions are noted at the message that they are about, so that a page is one scan.
#pragma once

#include <optional>

#include "projections/views/view.h"

namespace roomlog {

constexpr view_id history_view_id{2};
constexpr std::uint8_t history_view_version = 1;

// One stored entry: its head, then the record's bytes as they stand in the log.
struct history_value {
  offset at;
  timestamp shown_time;
  bool deleted = false;
  std::uint32_t edit_count = 0;
  seq_no last_edit;  // the event whose text stands now; 0: none
  std::string_view record;

  void encode(std::string& out) const;
  static history_value decode(std::string_view bytes);
};

// The entries of `in` from `first` on, in seq order; first = head + 1 gives the upper bound.
key_builder history_key(partition_id partition, room_id in, seq_no first);

class history_view final : public partition_view {
 public:
  history_view(partition_store& store, fold_state& fold)
      : partition_view(store, fold, history_view_id, history_view_version) {}

 private:
  void apply(room_id in, const record_view& record, const decided_event& decided) override;
  template <class Change>
  void change_entry(room_id in, seq_no target, Change&& change);

  std::string value_;  // being encoded
};

}  // namespace roomlog
