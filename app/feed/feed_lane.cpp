#include "app/feed/feed_lane.h"

#include <algorithm>

namespace roomlog {
namespace {

constexpr unsigned rejoins_max = 8;

std::string text_of(const boost::json::object& frame, const char* name) {
  const auto* value = frame.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string().data(), value->get_string().size());
}

std::uint64_t number_of(const boost::json::object& frame, const char* name) {
  const auto* value = frame.if_contains(name);
  if (value == nullptr) return 0;
  boost::system::error_code ec;
  const auto number = value->to_number<std::uint64_t>(ec);
  return ec ? 0 : number;
}

bool flag_of(const boost::json::object& frame, const char* name) {
  const auto* value = frame.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

bool passes_by_itself(const boost::json::object& frame, const std::string& code) {
  for (const char* known : {"rate_limited", "overloaded", "unavailable", "unknown_outcome",
                            "expired", "predecessor_missing"}) {
    if (code == known) return true;
  }
  return flag_of(frame, "temporary");
}

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

void feed_lane::connect(const feed_target& target, std::string token) {
  client_ = std::make_unique<feed_client>(host_.io(), target, std::move(token),
                                          static_cast<feed_client_events&>(*this));
}

void feed_lane::pump() {
  if (commands_.empty()) return;
  if (client_ == nullptr) return host_.want_connection(*this);
  if (!client_->open()) return;
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
  client_->send(buffer_);
  host_.sent();
}

void feed_lane::opened() {
  host_.opened(*this);
  pump();
}

void feed_lane::batch_done() {
  pop_settled();
  pump();
  host_.batch_done(*this);
}

void feed_lane::closed(const feed_close& why) {
  client_.reset();
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
  if (client_ == nullptr || (client_->open() && in_flight_ == 0)) return;
  const auto asked = in_flight_ == 0
                         ? client_->heard()
                         : std::find_if(commands_.begin(), commands_.end(), [](const entry& e) {
                             return e.id != 0;
                           })->attempted;
  if (asked < then && client_->heard() < then) client_->abort("no answer from the server");
}

void feed_lane::take_hello(const boost::json::object& frame) {
  const auto* limits = frame.if_contains("limits");
  if (limits == nullptr || !limits->is_object()) return;
  const std::uint64_t ms = number_of(limits->get_object(), "attempt_ms");
  if (ms > 0) attempt_time_ = std::chrono::milliseconds(ms);
}

feed_lane::entry* feed_lane::find(const boost::json::object& frame) {
  const std::uint64_t id = number_of(frame, "id");
  if (id == 0) return nullptr;
  for (entry& e : commands_) {
    if (e.id == id) return &e;
  }
  return nullptr;
}

void feed_lane::replied(const boost::json::object& frame) {
  const std::string type = text_of(frame, "type");
  if (type == "hello") return take_hello(frame);
  if (type != "ack" && type != "error") return;
  entry* e = find(frame);
  if (e == nullptr) return;  // about the connection: its close says it again
  e->id = 0;
  --in_flight_;
  if (type == "ack") return take_ack(*e, frame);
  take_error(*e, frame);
}

void feed_lane::take_ack(entry& e, const boost::json::object& frame) {
  refusals_ = 0;
  settle(e, {flag_of(frame, "duplicate"), {}, {}});
}

void feed_lane::take_error(entry& e, const boost::json::object& frame) {
  const std::string code = text_of(frame, "code");
  const std::string message = text_of(frame, "message");
  if (code == "unknown_outcome") {
    e.open_attempt = true;
    e.last_open = steady::now();
  }
  if (amended(e, code)) return stall(code, {}, {});
  if (passes_by_itself(frame, code)) {
    const auto wait = std::chrono::milliseconds(number_of(frame, "retry_after_ms"));
    // Behind a refused predecessor the wait is that one's.
    if (code == "predecessor_missing" && stalled_) return host_.retrying(code, {});
    return stall(code, message, wait.count() > 0 ? wait : host_.backoff(++refusals_));
  }
  if (const auto wait = until_final(e); wait.count() > 0) return stall(code, {}, wait);
  settle(e, {false, code, message});
}

// A refusal settles a command only for an attempt that was made attempt_ms or more after the last
// one that is open (docs/protocol.md §2).
std::chrono::milliseconds feed_lane::until_final(const entry& e) const {
  if (!e.open_attempt || e.attempted >= e.last_open + attempt_time_) return {};
  const auto left = e.last_open + attempt_time_ - steady::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(1));
}

bool feed_lane::amended(entry& e, const std::string& code) {
  feed_command& command = e.command;
  const bool follows_refused =
      code == "predecessor_missing" && refused_.count(command.after_cid) != 0;
  // In an earlier run its predecessor was refused, and it was accepted without one.
  const bool followed_none = code == "cid_conflict" && !command.after_cid.empty();
  if (follows_refused || followed_none) {
    command.after_cid.clear();
    return true;
  }
  if (code == "not_member" && command.kind == feed_command_kind::line && rejoins_ < rejoins_max) {
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
