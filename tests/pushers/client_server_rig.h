// A client_server on a free port over a room_world: sends become events at once, and the batch with
// its ack is published as a fold's thread would.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pushers/client_server.h"
#include "tests/pushers/session/room_world.h"
#include "tests/testing/ws_client.h"

namespace roomlog::testing {

class server_rig final : private command_port {
 public:
  // `adjust` may change the options. Times are real unless `clock` is given.
  explicit server_rig(const std::function<void(client_server_options&)>& adjust = {},
                      const clock_source* clock = nullptr);
  ~server_rig() override { server_->stop(); }  // its threads still call the rig

  client_server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  // A client that is authenticated as `user`; hello and authenticated are read.
  ws_client sign_in(const std::string& user, ws_connect_options options = {});
  void publish(const decided_batch_ptr& batch) { server_->publish(batch, {}); }
  // Decides and publishes under one lock, so that batches go out in their order.
  void post(const std::string& room, const std::string& actor, const std::string& text);
  // Waits until figures that were taken after the call satisfy the condition; false where that
  // takes too long.
  bool eventually(const std::function<bool(const client_server_stats&)>& good);

  room_world world;
  std::function<std::optional<client_error>(const principal&)> admit_reads;
  std::function<void(principal&)> adjust_principal;  // of the tokens that are good
  std::atomic<bool> answer_commands = true;          // else they stay undecided
  // Decides what stayed undecided, in order.
  void answer_held();
  // Of the sends so far, in order.
  std::vector<std::string> traces() const {
    const std::lock_guard lock(deciding_);
    return traces_;
  }

 private:
  // command_port. Tokens are user names; "bad…" is refused.
  void verify_token(session_key session, std::string token) override;
  void check_token(std::string token, std::function<void(token_answer)> done) override {
    done(verdict_of(std::move(token)));
  }
  std::optional<client_error> admit_read(const principal& who) override {
    return admit_reads ? admit_reads(who) : std::nullopt;
  }
  token_answer verdict_of(std::string token) const;
  std::optional<command_outcome> submit(session_key session, const principal& who,
                                        event_command command) override;
  void decide(session_key session, const principal& who, const event_command& command);
  void session_closed(session_key session) override { (void)session; }

  mutable std::mutex deciding_;
  std::vector<std::string> traces_;
  struct undecided {
    session_key session;
    principal who;
    event_command command;
  };
  std::vector<undecided> held_;
  system_clock_source system_clock_;
  std::unique_ptr<client_server> server_;
};

}  // namespace roomlog::testing
