// Which rooms of a user a page lists: found in the keys of all partitions, one after the other,
// without reading a room, and with no more of them in memory than the page has.
//
//   partition 0   a . d . . k . x ─┐
//   partition 1   . c . . h . . .  ├─► the first `limit` of all, and whether there are more
//   partition 2   . . . e . . q . ─┘
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "projections/queries/history_source.h"
#include "projections/store/state_store.h"
#include "projections/views/rooms_view.h"

namespace roomlog {

// One thread; what it is given outlives it. Throws store_error.
class room_chooser {
 public:
  struct room {
    std::string name;  // without the tenant
    partition_id partition;
    room_id in;
    timestamp last_time;  // 0 where the order is by name
  };
  struct choice {
    std::vector<room> rooms;  // in the order of the page
    bool more = false;
    std::string next;  // as in room_page
  };

  room_chooser(state_store& store, std::string_view tenant, std::string_view user,
               const rooms_query& query)
      : store_(store), tenant_(tenant), user_(user), query_(query) {}

  // Once for each partition.
  void look_at(partition_id partition);
  choice finish();

 private:
  bool is_full() const { return best_.size() > query_.limit; }
  void offer(room candidate);
  void look_by_name(partition_id partition);
  void look_for_recent(partition_id partition);
  // The next rooms of the user behind `after`, at most `most`. Their times are not known.
  std::vector<room> read_some(partition_id partition, std::string& after, std::size_t most);
  void read_times(partition_id partition, std::vector<room>& rooms);

  state_store& store_;
  const std::string_view tenant_, user_;
  const rooms_query& query_;
  std::vector<room> best_;  // a heap of limit + 1 at most, the last one of the order on top
  // By name: nothing behind it was looked at in every partition.
  std::optional<std::string> end_;
  std::size_t looked_at_ = 0;  // for the recent ones, of all partitions
  bool stopped_ = false;       // before all of those were looked at
};

}  // namespace roomlog
