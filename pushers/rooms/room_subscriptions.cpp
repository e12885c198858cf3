#include "pushers/rooms/room_subscriptions.h"

#include <utility>

namespace roomlog {

void room_subscriptions::swap(std::size_t first, std::size_t second) {
  std::swap(list_[first], list_[second]);
  list_[first]->place = static_cast<std::uint32_t>(first);
  list_[second]->place = static_cast<std::uint32_t>(second);
}

void room_subscriptions::add(subscription& sub) {
  sub.place = static_cast<std::uint32_t>(list_.size());
  list_.push_back(&sub);
}

void room_subscriptions::remove(subscription& sub) {
  if (is_direct(sub)) make_other(sub);
  swap(sub.place, list_.size() - 1);
  list_.pop_back();
}

void room_subscriptions::make_direct(subscription& sub) {
  swap(sub.place, outputs_.size());
  outputs_.push_back(sub.output);
}

void room_subscriptions::make_other(subscription& sub) {
  outputs_[sub.place] = outputs_.back();
  outputs_.pop_back();
  swap(sub.place, outputs_.size());
}

}  // namespace roomlog
