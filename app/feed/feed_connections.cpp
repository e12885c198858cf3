#include "app/feed/feed_connections.h"

#include <algorithm>

namespace roomlog {

std::chrono::milliseconds feed_backoff(unsigned attempt, std::minstd_rand& random) {
  const unsigned doublings = std::min(attempt > 0 ? attempt - 1 : 0u, 5u);
  const double full = std::min(1000.0 * (1u << doublings), 30000.0);
  const double factor = std::uniform_real_distribution<double>(0.5, 1.0)(random);
  return std::chrono::milliseconds(static_cast<std::int64_t>(full * factor));
}

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
    if (steady::now() < not_before_) return arm();
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
  if (timer_.expiry() == not_before_) return;
  timer_.expires_at(not_before_);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) serve_waiting();
  });
}

void feed_connections::prefer(feed_lane& lane) {
  if (lane.connected()) return used(lane);
  if (!waiting_.empty() || failures_ > 0) return;
  want(lane);
}

void feed_connections::opened(feed_lane&) {
  failures_ = 0;
}

void feed_connections::lost(feed_lane& lane, loss how, std::chrono::milliseconds retry_after) {
  if (const auto place = place_.find(&lane); place != place_.end()) {
    by_use_.erase(place->second);
    place_.erase(place);
  }
  const auto began = began_.find(&lane);
  const auto began_at = began != began_.end() ? began->second : steady::time_point{};
  if (began != began_.end()) began_.erase(began);
  // Connections that one event took down together count once.
  if (how == loss::failure && (failures_ == 0 || began_at > failed_at_)) {
    failed_at_ = steady::now();
    const auto wait = retry_after.count() > 0 ? retry_after : backoff(++failures_);
    not_before_ = std::max(not_before_, failed_at_ + wait);
  }
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
