#include "app/feed/feed_lane.h"

#include <algorithm>

namespace roomlog {
namespace {

constexpr unsigned rejoins_max = 8;

}  // namespace

std::string feed_join_cid(unsigned n) {
  return "feed-join-" + std::to_string(n);
}

feed_lane::feed_lane(feed_lane_host& host, std::string user, std::size_t window)
    : host_(host), user_(std::move(user)), window_(window), timer_(host.io()) {}

void feed_lane::add(feed_command command) {
  commands_.push_back({});
  commands_.back().command = std::move(command);
  host_.added();
}

void feed_lane::connect(const client::target& to, std::string token) {
  connection_ = std::make_unique<client::connection>(
      host_.io(), to, client::login{std::move(token), "roomlog-feed"},
      static_cast<client::events&>(*this));
}

void feed_lane::pump() {
  if (commands_.empty()) return;
  if (connection_ == nullptr) return host_.want_connection(*this);
  if (!connection_->is_open()) return;
  if (stalled_) {
    if (in_flight_ != 0 || steady::now() < stalled_until_) return;
    stalled_ = false;
    next_ = 0;
  }
  for (; next_ < commands_.size() && in_flight_ < window_; ++next_) {
    if (!commands_[next_].settled) send(commands_[next_]);
  }
}

void feed_lane::send(entry& e) {
  e.id = ++last_id_;
  e.attempted = steady::now();
  ++in_flight_;
  buffer_.clear();
  host_.encode(*this, e.command, e.id, buffer_);
  connection_->send(buffer_);
  host_.sent();
}

void feed_lane::opened(const client::greeting& from) {
  attempt_time_ = from.attempt;
  host_.opened(*this);
  pump();
}

void feed_lane::batch_done() {
  pop_settled();
  pump();
  host_.batch_done(*this);
}

void feed_lane::closed(const client::closing& why) {
  connection_.reset();
  const auto now = steady::now();
  for (entry& e : commands_) {
    if (e.id == 0) continue;
    e.id = 0;
    e.open_attempt = true;
    e.last_open = now;
  }
  in_flight_ = 0;
  next_ = 0;
  pop_settled();
  host_.lost(*this, why, !commands_.empty());
}

void feed_lane::cut_if_silent_since(steady::time_point then) {
  if (connection_ == nullptr || (connection_->is_open() && in_flight_ == 0)) return;
  const auto asked = in_flight_ == 0
                         ? connection_->heard()
                         : std::find_if(commands_.begin(), commands_.end(), [](const entry& e) {
                             return e.id != 0;
                           })->attempted;
  if (asked < then && connection_->heard() < then) connection_->abort("no answer from the server");
}

feed_lane::entry* feed_lane::find(std::uint64_t id) {
  for (entry& e : commands_) {
    if (e.id == id) return &e;
  }
  return nullptr;
}

void feed_lane::answered(const client::answer& to, const boost::json::object&) {
  if (to.type != frame_name::ack && !to.refused()) return;
  entry* e = find(to.id);
  if (e == nullptr) return;
  e->id = 0;
  --in_flight_;
  to.refused() ? take_refusal(*e, to) : take_ack(*e, to);
}

void feed_lane::take_ack(entry& e, const client::answer& ack) {
  refusals_ = 0;
  settle(e, {ack.duplicate, {}, {}});
}

void feed_lane::take_refusal(entry& e, const client::answer& refusal) {
  const std::string& code = refusal.code;
  if (refusal.is(error_code::unknown_outcome)) {
    e.open_attempt = true;
    e.last_open = steady::now();
  }
  if (amended(e, refusal)) return stall(code, {}, {});
  if (refusal.temporary) {
    // Behind a refused predecessor the wait is that one's.
    if (refusal.is(error_code::predecessor_missing) && stalled_) return host_.retrying(code, {});
    const auto asked = refusal.retry_after;
    return stall(code, refusal.message, asked.count() > 0 ? asked : host_.backoff(++refusals_));
  }
  if (const auto wait = until_final(e); wait.count() > 0) return stall(code, {}, wait);
  settle(e, {false, code, refusal.message});
}

// A refusal settles a command only for an attempt that was made attempt_ms or more after the last
// one that is open (docs/protocol.md §2).
std::chrono::milliseconds feed_lane::until_final(const entry& e) const {
  if (!e.open_attempt || e.attempted >= e.last_open + attempt_time_) return {};
  const auto left = e.last_open + attempt_time_ - steady::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(1));
}

bool feed_lane::amended(entry& e, const client::answer& refusal) {
  feed_command& command = e.command;
  const bool follows_refused =
      refusal.is(error_code::predecessor_missing) && refused_.count(command.after_cid) != 0;
  // In an earlier run its predecessor was refused, and it was accepted without one.
  const bool followed_none = refusal.is(error_code::cid_conflict) && !command.after_cid.empty();
  if (follows_refused || followed_none) {
    command.after_cid.clear();
    return true;
  }
  if (refusal.is(error_code::not_member) && command.kind == feed_command_kind::line &&
      rejoins_ < rejoins_max) {
    if (stalled_) return true;  // the join of another line is on its way
    const unsigned join = ++rejoins_ + 1;
    commands_.push_front({});
    commands_.front().command = {feed_command_kind::join, 0, feed_join_cid(join), {}};
    host_.added();
    return true;
  }
  return false;
}

void feed_lane::stall(const std::string& code, const std::string& message,
                      std::chrono::milliseconds wait) {
  host_.retrying(code, message);
  const auto until = steady::now() + wait;
  if (stalled_ && until <= stalled_until_) return;
  stalled_ = true;
  stalled_until_ = until;
  timer_.expires_at(until);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) pump();
  });
}

void feed_lane::settle(entry& e, feed_outcome how) {
  e.settled = true;
  if (!how.refusal.empty()) refused_.insert(e.command.cid);
  host_.settled(*this, e.command, how);
}

void feed_lane::pop_settled() {
  while (!commands_.empty() && commands_.front().settled) {
    commands_.pop_front();
    if (next_ > 0) --next_;
  }
}

}  // namespace roomlog
