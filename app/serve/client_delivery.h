// Where a gateway's answers and decided batches go: the clients that are connected to this process.
// A server hands them to its client_server; tests collect them.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "projections/fold/decided.h"
#include "pushers/session/command_port.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Called from the fold's threads and from the gateway's owner at once; must not block.
class client_delivery {
 public:
  virtual ~client_delivery() = default;

  // Per partition in order. `answers` are those that the batch decided; they leave before its
  // events, so that an ack suppresses the push of the sender's own event.
  virtual void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> answers) = 0;
  // Answers that come without a batch.
  virtual void deliver(std::vector<addressed_outcome> answers) = 0;
  virtual void on_token(session_key session, token_answer verdict) = 0;
  // Tells every session to reconnect elsewhere in the time given.
  virtual void drain(std::chrono::milliseconds after) = 0;
  virtual std::size_t sessions() const = 0;
};

}  // namespace roomlog
