// What connects log, fold, ingress and clients, and the order that matters between them: what
// happens to a decided batch, at a tick, in a drain. It has no thread, no sleep and no clock of its
// own: it is told what happened and what time it is. A server gives it those; tests and a
// simulation do so by hand.
//
//   client ── port() ──► ingress ── append ──► log ── follow ──► fold
//      ▲                                                          │ decided batch
//      └────── client_delivery ◄── answers, then the batch ◄──────┘
//
// The fold service may be driven by its threads or by hand. What is given outlives the gateway.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/serve/ack_latency.h"
#include "app/serve/client_delivery.h"
#include "app/serve/gateway_port.h"
#include "app/serve/readiness.h"
#include "app/serve/start_progress.h"
#include "ingress/ingress.h"
#include "log/base/clock.h"
#include "log/log.h"
#include "projections/worker/fold_service.h"

namespace roomlog {

struct gateway_options {
  std::optional<ingress_options> commands;  // none: this process takes no commands
  std::uint32_t user_reads_per_second = 0;  // 0: no limit
  token_check tokens{};
  bool has_sessions = true;  // decided batches are published to the clients
  // Records that the fold may be behind the log as it was at the start, when clients are let in.
  std::uint64_t ready_lag = 0;
  // Silence of a log elsewhere after which this process is not ready; 0: never.
  std::chrono::milliseconds log_silence_max{0};
};

// How a drain goes on, in steady time.
struct drain_times {
  std::chrono::milliseconds notice{};       // until sessions have to be elsewhere; 0: not told
  std::chrono::milliseconds answers_max{};  // then, for commands in flight
  std::chrono::microseconds answers_end{};  // at the latest
};

// Thread-safe, except that start(), let_clients_in(), tick() and drain() are called by one owner.
class gateway {
 public:
  // Subscribes to the fold, so before that is started.
  gateway(gateway_options options, log& events, fold_service& fold, const clock_source& clock);
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  // Once, before start(): where answers and batches go.
  void serve(client_delivery& clients);
  // What sessions and requests of clients ask.
  command_port& port() { return port_; }
  // Null where this process takes no commands.
  ingress* commands() { return commands_.get(); }
  const ingress* commands() const { return commands_.get(); }

  // Fences the partitions; the fold is started, or driven from now on. Returns at once.
  void start();
  // Whether the start is through: clients may be let in.
  bool prepared() const;
  // Answers and batches go to the clients from now on; what was decided before is no news to them.
  void let_clients_in() { delivering_ = true; }

  // Every 100 ms or so: answers what is past its time. `now` is steady time.
  void tick(std::chrono::microseconds now);

  // Clients are told to go elsewhere, then commands are refused, then those in flight are waited
  // for; tick() goes on with it.
  void drain(std::chrono::microseconds now, const drain_times& times);
  bool drained() const { return drain_ == drain_phase::over; }

  // Why this process has to end: another one appends under its gateway id, or, before clients were
  // let in, the log has failed or no partition can be folded. One that can is served, whatever the
  // others do.
  std::optional<error> fatal() const;
  // The log, the fold and the ingress, as readiness names them.
  std::vector<component_state> components() const;
  std::uint64_t start_records_left() const { return progress_->records_left(); }
  duration_histogram ack_times() const { return ack_latency_.read(); }

 private:
  enum class drain_phase { none, notice, answers, over };

  void on_batch(const decided_batch_ptr& batch);
  void go_on_draining(std::chrono::microseconds now);
  void refuse_commands(std::chrono::microseconds now);

  const bool has_sessions_;
  const std::chrono::milliseconds log_silence_max_;
  log& events_;
  fold_service& fold_;
  const clock_source& clock_;
  const std::unique_ptr<ingress> commands_;
  const std::shared_ptr<start_progress> progress_;
  gateway_port port_;
  client_delivery* clients_ = nullptr;
  ack_latency ack_latency_;
  std::atomic<bool> delivering_{false};
  std::atomic<drain_phase> drain_{drain_phase::none};
  drain_times draining_{};
  std::chrono::microseconds drain_begun_{}, answers_end_{};
};

}  // namespace roomlog
