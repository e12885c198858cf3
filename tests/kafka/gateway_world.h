// A gateway on a Kafka log with everything real: ingress, fold and engine. It sends messages as a
// client does that never gives up, and afterwards looks at what the log came to.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/kafka/kafka_log.h"
#include "projections/worker/fold_service.h"
#include "tests/ingress/pipeline_world.h"

namespace roomlog::testing {

class gateway_world {
 public:
  // Makes the room; the log is a fresh one.
  gateway_world(std::unique_ptr<roomlog::log> events, const std::string& gateway_id = "gw");
  ~gateway_world();

  // Sends m0 … m(count-1), at most `open` of them undecided at a time, each again with the same
  // cid until it is accepted. False where that takes longer than two minutes.
  bool send_all(std::size_t count, std::size_t open = 32);
  // Called before each first send, with its number.
  std::function<void(std::size_t)> before_send;
  // Called before the first message that is sent a second time.
  std::function<void()> before_resend;

  // Reads the whole log with a new fold: every message is accepted once, under the seq that was
  // answered; those that were accepted at the first try are in the order of their sending.
  void expect_nothing_lost_doubled_or_reordered();

  roomlog::log& events() { return *events_; }
  // First sends that were answered with anything but an ack.
  std::size_t resent() const { return resent_; }

 private:
  struct message {
    roomlog::seq_no seq;
    int tries = 0;
    bool open = false;
  };
  void send(std::size_t number);
  void take_answers();
  void take(std::size_t number, const roomlog::command_outcome& outcome);

  const roomlog::system_clock_source clock_;
  std::unique_ptr<roomlog::log> events_;
  std::unique_ptr<roomlog::fold_service> fold_;
  std::unique_ptr<test_gateway> gateway_;
  std::vector<message> messages_;
  std::vector<std::size_t> again_;
  std::size_t taken_ = 0, accepted_ = 0, resent_ = 0, open_ = 0;
};

}  // namespace roomlog::testing
