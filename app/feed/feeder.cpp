#include "app/feed/feeder.h"

#include <ostream>
#include <unordered_set>

#include "ingress/auth/token_maker.h"
#include "schemas/protocol/close_codes.h"

namespace roomlog {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t open_commands_max = 8192;  // all nicks together, when they do not wait
constexpr std::size_t look_ahead = 48;           // lines whose nicks are connected early
constexpr auto token_life = 24h;
constexpr auto silence_max = 12s;    // the server answers within 5
constexpr auto goodbye_max = 500ms;  // for closing handshakes
constexpr const char* create_cid = "feed-create";

timestamp micros(std::chrono::system_clock::time_point time) {
  using std::chrono::microseconds;
  return timestamp{std::chrono::duration_cast<microseconds>(time.time_since_epoch()).count()};
}

}  // namespace

feeder::feeder(const feed_options& options, const feed_plan& plan, client::target target,
               key_ptr key, std::ostream& err)
    : options_(options),
      plan_(plan),
      target_(std::move(target)),
      key_(std::move(key)),
      err_(err),
      connections_(io_, options.connections_max, [this](feed_lane& lane) { connect(lane); }),
      lanes_(plan.nicks.size()),
      owner_(*this, options.owner, options.window),
      second_(io_),
      pace_(io_),
      results_(options, plan, err) {}

exit_code feeder::run() {
  started_ = last_progress_ = steady::now();
  owner_.add({feed_command_kind::create, 0, create_cid, {}});
  owner_.pump();
  every_second();
  io_.run();
  results_.report.elapsed = steady::now() - started_;
  if (options_.progress) err_ << '\r' << std::string(70, ' ') << '\r' << std::flush;
  connections_.close_all();
  io_.restart();
  io_.run_for(goodbye_max);
  return code_;
}

void feeder::connect(feed_lane& lane) {
  token_claims claims;
  claims.user = lane.user();
  claims.name = lane.user();
  claims.device = "feed";
  claims.tenant = options_.tenant;
  claims.scope = "unlimited";
  const auto now = std::chrono::system_clock::now();
  claims.issued = micros(now);
  claims.expires = micros(now + token_life);
  auto token = make_token(*key_, claims);
  if (!token)
    return stop(exit_code::configuration,
                "no token for " + lane.user() + ": " + token.error().text);
  ++results_.report.connections;
  lane.connect(target_, std::move(*token));
}

void feeder::lost(feed_lane& lane, const client::closing& why, bool had_work) {
  if (ended_) return;
  if (had_work) ++results_.report.connections_lost;
  using client::next_step;
  const next_step next = client::next_step_of(why);
  // A connection gets a token of its own, so one that has expired is no reason to end; connections
  // of this user that are too many become fewer.
  const bool passes =
      why.code == close_codes::token_expired || why.code == close_codes::too_many_connections;
  if (next == next_step::new_token && !passes) {
    return stop(exit_code::configuration,
                why.text + " (is this the key of the server? --data and --key-file name it)");
  }
  if (next == next_step::stop && !passes) return stop(exit_code::failed, why.text);
  if (had_work) show_trouble(lane, why);
  using loss = feed_connections::loss;
  const bool failed = had_work || next == next_step::reconnect_later;
  connections_.lost(lane, failed ? loss::failure : loss::harmless, client::retry_after(why));
  lane.pump();
}

// Once a second at most: one event may take hundreds of connections down.
void feeder::show_trouble(const feed_lane& lane, const client::closing& why) {
  const auto now = steady::now();
  if (now - last_trouble_shown_ < 1s) return;
  last_trouble_shown_ = now;
  err_ << (options_.progress ? "\n" : "") << "roomlog: " << lane.user() << ": " << why.text
       << "; going on\n";
}

void feeder::settled(feed_lane& lane, const feed_command& command, const feed_outcome& how) {
  last_progress_ = steady::now();
  --open_commands_;
  if (const std::string why = results_.settled(lane, command, how); !why.empty()) {
    stop(exit_code::failed, why);
  }
}

void feeder::batch_done(feed_lane& lane) {
  if (ended_) return;
  if (lane.idle()) connections_.rested(lane);
  advance();
}

feed_lane& feeder::lane_of(const feed_item& item) {
  auto& lane = lanes_[item.nick];
  if (lane == nullptr) {
    lane = std::make_unique<feed_lane>(static_cast<feed_lane_host&>(*this), plan_.nicks[item.nick],
                                       options_.window);
  }
  return *lane;
}

bool feeder::may_hand_out(const feed_item& item, steady::time_point now) {
  const feed_lane* lane = lanes_[item.nick].get();
  const std::size_t open_here = lane != nullptr ? lane->open_commands() : 0;
  if (open_here >= options_.window) return false;
  if (options_.order == feed_order::of_the_file) {
    if (open_commands_ != 0 && !(item.follows && lane == last_lane_)) return false;
  } else if (open_commands_ >= open_commands_max) {
    return false;
  }
  if (options_.rate_per_second == 0) return true;
  if (now >= next_due_) {
    const auto step = std::chrono::nanoseconds(1s) / options_.rate_per_second;
    next_due_ = std::max(next_due_ + step, now - 100ms);
    return true;
  }
  pace_.expires_at(next_due_);
  pace_.async_wait([this](boost::system::error_code ec) {
    if (!ec) advance();
  });
  return false;
}

void feeder::hand_out() {
  const auto index = static_cast<std::uint32_t>(next_++);
  const feed_item& item = plan_.items[index];
  feed_lane& lane = lane_of(item);
  if (!lane.joined) {
    lane.joined = true;
    lane.add({feed_command_kind::join, 0, feed_join_cid(1), {}});
  }
  std::string cid = feed_cid(plan_.files[item.file].name, item.line + 1u);
  lane.add({feed_command_kind::line, index, cid, item.follows ? last_cid_ : std::string()});
  last_cid_ = std::move(cid);
  last_lane_ = &lane;
}

void feeder::advance() {
  if (ended_ || !results_.room_ready()) return;
  const auto now = steady::now();
  std::unordered_set<feed_lane*> busy;
  while (next_ < plan_.items.size() && may_hand_out(plan_.items[next_], now)) {
    hand_out();
    busy.insert(last_lane_);
  }
  for (feed_lane* lane : busy) {
    connections_.want(*lane);
    lane->pump();
  }
  if (next_ == plan_.items.size() && open_commands_ == 0) return finish();
  if (!busy.empty()) connect_ahead();
}

void feeder::connect_ahead() {
  const std::size_t ahead = std::min(look_ahead, options_.connections_max / 2);
  connected_ahead_ = std::max(connected_ahead_, next_);
  for (; connected_ahead_ < std::min(next_ + ahead, plan_.items.size()); ++connected_ahead_) {
    connections_.prefer(lane_of(plan_.items[connected_ahead_]));
  }
}

void feeder::every_second() {
  second_.expires_after(1s);
  second_.async_wait([this](boost::system::error_code ec) {
    if (ec || ended_) return;
    const auto now = steady::now();
    if (options_.give_up.count() > 0 && now - last_progress_ > options_.give_up) {
      return stop(exit_code::unavailable, "no answer from " + options_.url + " for " +
                                              std::to_string(options_.give_up.count()) + " s");
    }
    for (feed_lane* lane : connections_.connected()) lane->cut_if_silent_since(now - silence_max);
    if (options_.progress) show_progress();
    every_second();
  });
}

void feeder::show_progress() {
  const double seconds = std::chrono::duration<double>(steady::now() - started_).count();
  const auto settled = results_.report.settled();
  err_ << '\r' << settled << " of " << results_.report.sendable << " lines, "
       << results_.report.duplicates << " duplicates, " << results_.report.refused_count()
       << " refused, " << static_cast<std::uint64_t>(static_cast<double>(settled) / seconds)
       << "/s   " << std::flush;
}

void feeder::stop(exit_code code, const std::string& why) {
  if (ended_) return;
  results_.report.stopped = why;
  code_ = code;
  finish();
}

void feeder::finish() {
  ended_ = true;
  if (code_ == exit_code::done && !results_.report.refused.empty()) code_ = exit_code::failed;
  pace_.cancel();
  second_.cancel();
  io_.stop();
}

}  // namespace roomlog
