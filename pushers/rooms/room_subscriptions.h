// The subscriptions of a room on one shard, in one flat list:
//
//     [ direct … | others … ]
//
// Those that are direct have had every event up to one and the same seq, leave none out, and are
// sent to without a look at them (direct_pass); each of the others moves its own cursor.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pushers/rooms/subscription.h"

namespace roomlog {

class room_subscriptions {
 public:
  const std::vector<subscription*>& all() const { return list_; }
  // Where the connections of the direct ones are sent to, in the order of all().
  std::span<const output_place> direct() const { return outputs_; }
  bool is_direct(const subscription& sub) const { return sub.place < outputs_.size(); }

  // Among the others.
  void add(subscription& sub);
  void remove(subscription& sub);
  void make_direct(subscription& sub);
  // Puts the last direct one into its place.
  void make_other(subscription& sub);

 private:
  void swap(std::size_t first, std::size_t second);

  std::vector<subscription*> list_;
  std::vector<output_place> outputs_;  // of the direct ones
};

}  // namespace roomlog
