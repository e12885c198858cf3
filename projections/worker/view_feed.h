// Brings the views of one partition that are behind to where the fold is, a bounded turn at a time,
// and removes the keys of views that are not kept any more. The fold's thread gives a turn when it
// has nothing to decide, and now and then when it has, so nobody's verdict waits for more than one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "projections/store/state_store.h"
#include "projections/worker/fold_and_views.h"
#include "projections/worker/log_check.h"

namespace roomlog {

// Of one turn: some tenths of a millisecond.
constexpr std::size_t view_turn_records = 64;

class view_feed {
 public:
  // Everything given outlives this.
  view_feed(log& events, state_store& store, partition_id partition,
            const std::vector<view_entry>& kept)
      : events_(events), store_(store), partition_(partition), kept_(kept) {}

  // One turn, with what was read before where `how` is null. False: nothing to do, or not now
  // (waits()). Errors are those of the log or the store that do not pass; throws store_error.
  result<bool> turn(fold_and_views& in, read_function how);
  // The log or the store did not answer: worth another try after a while.
  bool waits() const { return waits_; }

 private:
  result<bool> drop_one();
  result<bool> read(offset from, read_function how);

  log& events_;
  state_store& store_;
  const partition_id partition_;
  const std::vector<view_entry>& kept_;
  bool all_dropped_ = false;
  bool waits_ = false;
  // What was read and not yet shown: the records from index next_ on, which begin at from_.
  std::shared_ptr<const record_batch> records_;
  std::size_t next_ = 0;
  offset from_;
};

// The beginning of the keys of a view in this partition that is not one of `kept`; empty where
// there is none.
std::string find_dropped_view(state_store& store, partition_id partition,
                              const std::vector<view_entry>& kept);

}  // namespace roomlog
