// A shard_core without threads, sockets or time of its own: what was posted, tasks and the clock
// run when the test says so, and connections are played.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushers/manual_tasks.h"
#include "pushers/shard_core.h"
#include "tests/pushers/session/room_world.h"

namespace roomlog::testing {

class core_rig;

// One connection, from both ends.
class played_connection final : public connection_link {
 public:
  played_connection(core_rig& rig, const std::string& token);
  ~played_connection() override;

  void text(std::string_view message) { app_->on_message(ws_opcode::text, message); }
  // Ticks until everything is sent; the JSON texts that came, "<ping>" for a ping.
  std::vector<std::string> said();
  // Those that came so far.
  std::vector<std::string> came();
  // Its types: "ack event event"; an event with its seq, "event:3".
  std::string story();
  void timer() { app_->on_timer(); }
  void end();
  // The socket takes only a few kilobytes before the peer reads.
  void narrow();
  // The socket takes nothing any more.
  void break_off();
  // The peer reads nothing, until it may.
  void stall(bool stalls) { stalls_ = stalls; }
  bool stalled() const { return stalls_; }

  // ---- the rig's ----
  bool woken() const { return woken_; }
  void flush();
  void receive();

  std::chrono::microseconds due = std::chrono::microseconds::max();  // of the timer
  std::optional<unsigned> closed;
  std::size_t sends = 0;  // of its own, not past it

 private:
  output_buffer& output() override { return out_; }
  void wake() override;
  void input_wanted() override {}
  void call_at(std::chrono::microseconds at) override { due = at; }
  void close(std::uint16_t code, std::string_view) override;
  void abort() override {}
  peer_progress progress() override { return {}; }
  output_place place_for_direct() const override { return place_; }

  core_rig& rig_;
  int sockets_[2];
  output_place place_;
  output_buffer out_;
  std::string received_;
  bool woken_ = false, blocked_ = false, stalls_ = false;
  std::unique_ptr<connection_application> app_;
};

// Tokens are user names. Commands stay undecided: the test publishes what came of them.
class core_rig final : private command_port {
 public:
  explicit core_rig(const std::function<void(client_server_options&)>& adjust = {});

  // Signed in; what was said meanwhile is thrown away.
  std::unique_ptr<played_connection> sign_in(const std::string& user);
  // The end of a loop's tick: what was done is sent. False: nothing is left for the next one.
  bool tick();
  // Runs what was posted, also meanwhile.
  void run_posted();
  // That and the tasks, until nothing is left.
  void run_all();
  std::size_t posted() const { return posted_.size(); }
  addressed_outcome ack_for(std::size_t submitted_at, seq_no seq);

  struct sent {
    answer_key from;
    event_command command;
  };
  std::vector<sent> submitted;
  manual_clock_source clock;
  room_world world;
  manual_tasks tasks{clock, {100, 1}};
  direct_outputs outputs;
  std::shared_ptr<shard_core> core;

 private:
  void verify_token(session_key session, std::string token) override;
  void check_token(std::string, std::function<void(token_answer)>) override {}
  std::optional<client_error> admit_read(const principal&) override { return std::nullopt; }
  std::optional<command_outcome> submit(answer_key to, const principal&,
                                        event_command command) override {
    submitted.push_back({to, std::move(command)});
    return std::nullopt;
  }
  void session_closed(session_key) override {}

  friend class played_connection;
  std::vector<played_connection*> connections_;
  client_server_options options_;
  open_sessions open_;
  std::deque<std::function<void()>> posted_;
};

}  // namespace roomlog::testing
