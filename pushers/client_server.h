// What clients connect to: WebSocket sessions and plain HTTP, on N shards. A shard is one io_context and one thread; a
// connection lives and dies on its shard, so that sessions hold no locks.
//
//   fold thread ── publish(batch, outcomes) ──► inbox of each shard ── one wake ──► outcomes first,
//   ingress tick ─ deliver(outcomes) ────────►                                      then events
//
// Everything that a tick of the loop produced for one connection leaves in one sendmsg.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "projections/fold/decided.h"
#include "projections/queries/history_source.h"
#include "projections/worker/fold_lookup.h"
#include "pushers/client_server_options.h"
#include "pushers/client_server_stats.h"
#include "pushers/session/command_port.h"
#include "schemas/protocol/close_codes.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

class client_server {
 public:
  // The references outlive the server. `port` may be called from every shard's thread at once.
  client_server(client_server_options options, fold_lookup& fold, history_source& history,
                command_port& port, const clock_source& clock);
  ~client_server();  // stop()s

  // Listens and starts the threads. errc::io names the address that could not be had.
  result<> start();
  // After start(); the port that was taken.
  std::uint16_t port() const;

  // The functions below may be called from any thread, and do not block.

  // From the fold's threads, per partition in order: `outcomes` are the answers that the batch
  // decided. They are sent before the batch's events, so that an ack suppresses the push of the
  // sender's own event.
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes);
  // Answers that come without a batch.
  void deliver(std::vector<addressed_outcome> outcomes);
  // The answer to command_port::verify_token; dropped when the session is gone.
  void on_token(session_key session, token_answer verdict);
  // Tells every session to reconnect elsewhere in the time given; new connections are still taken.
  void drain(std::chrono::milliseconds after);
  client_server_stats stats() const;

  // Accepts no more, closes every session with `code` (1012 restart, 1001 going away) after what
  // waits for it is sent, at most `at_most`; then stops the threads. Idempotent; blocks; not from a
  // shard's thread.
  void stop(std::chrono::milliseconds at_most = std::chrono::milliseconds{2'000},
            std::uint16_t code = close_codes::restart);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace roomlog
