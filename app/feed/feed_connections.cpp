#include "app/feed/feed_connections.h"

#include <algorithm>

namespace roomlog {

feed_connections::feed_connections(boost::asio::io_context& io, std::size_t connections_max,
                                   std::function<void(feed_lane&)> begin)
    : connections_max_(std::max<std::size_t>(connections_max, 1)),
      begin_(std::move(begin)),
      timer_(io) {}

void feed_connections::used(feed_lane& lane) {
  const auto place = place_.find(&lane);
  if (place != place_.end()) {
    by_use_.splice(by_use_.end(), by_use_, place->second);
  } else {
    place_[&lane] = by_use_.insert(by_use_.end(), &lane);
  }
}

bool feed_connections::make_room() {
  if (by_use_.size() < connections_max_) return true;
  const auto idle = std::find_if(by_use_.begin(), by_use_.end(),
                                 [](const feed_lane* lane) { return lane->idle(); });
  if (idle == by_use_.end()) return false;
  (*idle)->disconnect();
  began_.erase(*idle);
  place_.erase(*idle);
  by_use_.erase(idle);
  return true;
}

void feed_connections::want(feed_lane& lane) {
  if (lane.connected()) return used(lane);
  if (is_waiting_.insert(&lane).second) waiting_.push_back(&lane);
  serve_waiting();
}

void feed_connections::serve_waiting() {
  while (!waiting_.empty()) {
    if (steady::now() < policy_.not_before()) return arm();
    if (!make_room()) return;  // rested() comes back to it
    feed_lane& lane = *waiting_.front();
    waiting_.pop_front();
    is_waiting_.erase(&lane);
    used(lane);
    began_[&lane] = steady::now();
    begin_(lane);
  }
}

void feed_connections::arm() {
  if (timer_.expiry() == policy_.not_before()) return;
  timer_.expires_at(policy_.not_before());
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) serve_waiting();
  });
}

void feed_connections::prefer(feed_lane& lane) {
  if (lane.connected()) return used(lane);
  if (!waiting_.empty() || policy_.is_failing()) return;
  want(lane);
}

void feed_connections::opened(feed_lane&) {
  policy_.opened();
}

void feed_connections::lost(feed_lane& lane, loss how, std::chrono::milliseconds retry_after) {
  if (const auto place = place_.find(&lane); place != place_.end()) {
    by_use_.erase(place->second);
    place_.erase(place);
  }
  const auto began = began_.find(&lane);
  const auto began_at = began != began_.end() ? began->second : steady::time_point{};
  if (began != began_.end()) began_.erase(began);
  if (how == loss::failure) policy_.failed(began_at, steady::now(), retry_after);
  serve_waiting();
}

void feed_connections::rested(feed_lane&) {
  if (!waiting_.empty()) serve_waiting();
}

void feed_connections::close_all() {
  waiting_.clear();
  is_waiting_.clear();
  timer_.cancel();
  for (feed_lane* lane : by_use_) lane->disconnect();
  by_use_.clear();
  place_.clear();
}

}  // namespace roomlog
