// What one nick has to say, in order, over whatever connections it takes: commands are sent ahead
// up to a window, and everything that was refused for a time or not answered is sent again with the
// same cid until it is settled.
//
//   settled ─► popped │ sent, unanswered … │ waiting …
//                     ▲ front of commands_ ▲ next_
//
// A temporary refusal stops the lane: when all that was sent has its answer, it goes on from the
// first unsettled command. What was sent behind the refused one names it by after_cid, so none of
// it was accepted before it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>

#include "clients/cpp/connection.h"

namespace roomlog {

class feed_lane;

enum class feed_command_kind : std::uint8_t { create, join, line };

struct feed_command {
  feed_command_kind kind = feed_command_kind::line;
  std::uint32_t item = 0;  // index in the plan, for a line
  std::string cid;
  std::string after_cid;  // empty: none
};

// How a command ended. `refusal` is empty when it was accepted.
struct feed_outcome {
  bool duplicate = false;
  std::string refusal;  // the error's code
  std::string message;
};

// What a lane needs from its owner. Everything in one thread.
class feed_lane_host {
 public:
  virtual boost::asio::io_context& io() = 0;
  // Appends the JSON of `command`, with `id`.
  virtual void encode(const feed_lane& lane, const feed_command& command, std::uint64_t id,
                      std::string& out) = 0;
  // One more command; settled() will say that it is done.
  virtual void added() = 0;
  // Wants lane.connect() to be called when there is room and the server may be tried again.
  virtual void want_connection(feed_lane& lane) = 0;
  virtual void opened(feed_lane& lane) = 0;
  // `had_work`: commands wait for a connection.
  virtual void lost(feed_lane& lane, const client::closing& why, bool had_work) = 0;
  virtual void settled(feed_lane& lane, const feed_command& command, const feed_outcome& how) = 0;
  virtual void batch_done(feed_lane& lane) = 0;
  virtual void retrying(const std::string& code, const std::string& message) = 0;
  virtual void sent() = 0;
  // Back-off before attempt n (from 1) after a refusal.
  virtual std::chrono::milliseconds backoff(unsigned attempt) = 0;

 protected:
  ~feed_lane_host() = default;
};

class feed_lane final : private client::events {
 public:
  feed_lane(feed_lane_host& host, std::string user, std::size_t window);

  const std::string& user() const { return user_; }
  std::size_t open_commands() const { return commands_.size(); }
  bool idle() const { return commands_.empty(); }
  bool joined = false;  // a join was queued in this run

  void add(feed_command command);
  // Sends what may be sent; asks for a connection where there is none.
  void pump();
  void connect(const client::target& to, std::string token);
  bool connected() const { return connection_ != nullptr; }
  // Only when idle().
  void disconnect() { connection_.reset(); }
  // Cuts a connection that has not said anything since `then` and owes an answer.
  void cut_if_silent_since(std::chrono::steady_clock::time_point then);

 private:
  using steady = std::chrono::steady_clock;
  struct entry {
    feed_command command;
    std::uint64_t id = 0;  // of the attempt under way; 0: none
    bool settled = false;
    bool open_attempt = false;  // an earlier attempt had no answer, or unknown_outcome
    steady::time_point last_open{}, attempted{};
  };

  void opened(const client::greeting& from) override;
  void answered(const client::answer& to, const boost::json::object& frame) override;
  void batch_done() override;
  void closed(const client::closing& why) override;

  void send(entry& e);
  entry* find(std::uint64_t id);
  void take_ack(entry& e, const client::answer& ack);
  void take_refusal(entry& e, const client::answer& refusal);
  // True when the command was changed so that it may be accepted at the next attempt.
  bool amended(entry& e, const client::answer& refusal);
  void stall(const std::string& code, const std::string& message, std::chrono::milliseconds wait);
  void settle(entry& e, feed_outcome how);
  void pop_settled();
  std::chrono::milliseconds until_final(const entry& e) const;

  feed_lane_host& host_;
  std::string user_;
  std::size_t window_;
  std::unique_ptr<client::connection> connection_;
  std::deque<entry> commands_;
  std::size_t next_ = 0;       // index in commands_ of the first that was not sent
  std::size_t in_flight_ = 0;  // sent and not answered
  std::uint64_t last_id_ = 0;
  bool stalled_ = false;
  unsigned refusals_ = 0;  // in a row
  unsigned rejoins_ = 0;
  steady::time_point stalled_until_{};
  std::chrono::milliseconds attempt_time_{10000};  // hello.limits.attempt_ms
  std::set<std::string> refused_;                  // cids that are refused for good
  boost::asio::steady_timer timer_;
  std::string buffer_;
};

// The cid of the n-th join of a nick, from 1.
std::string feed_join_cid(unsigned n);

}  // namespace roomlog
