// One room on one shard: the tail of its events and its subscriptions. Owned by the room_hub.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "pushers/rooms/room_subscriptions.h"
#include "pushers/rooms/room_tail.h"

namespace roomlog {

class room_feed {
 public:
  room_feed(std::string key, seq_no next) : tail(next), key_(std::move(key)) {}

  const std::string& key() const { return key_; }  // "tenant/room"
  std::string_view name() const;                   // without the tenant
  const std::vector<subscription*>& subscriptions() const { return subscriptions_.all(); }

  room_tail tail;

 private:
  friend class room_hub;
  friend class direct_pass;
  std::string key_;
  room_subscriptions subscriptions_;
  seq_no direct_next_;  // the cursor of the direct ones; the tail's end while no pass is due
  bool pass_due_ = false;
  seq_no last_edit_;      // the latest edit of any message that the tail was given
  bool touched_ = false;  // by the batch in hand
  seq_no end_before_;     // where the tail ended before that batch
  std::list<room_feed*>::iterator by_age_;
};

}  // namespace roomlog
