// The way in: a validated command becomes a record in the log, and the fold's verdict becomes its
// one answer. Knows nothing of sockets.
//
//   submit ─► decided already? ─► permission ─► rate ─► content ─► lane: number, encode, append
//                   │                │           │         │            │
//                   ▼                ▼           ▼         ▼            ▼ (later, by append id)
//                  ack             error       error     error     on_decided ─► ack or error
//
// A lane is one partition: its fence, its numbers, its commands in flight, under one lock. Whatever
// waits longer than ack_timeout is answered unknown_outcome by tick().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingress/ingress_options.h"
#include "ingress/ingress_stats.h"
#include "log/base/clock.h"
#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/worker/fold_lookup.h"
#include "schemas/protocol/command_outcome.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

// Thread-safe. Outlives the fold service's subscription that calls on_decided().
class ingress {
 public:
  virtual ~ingress() = default;

  // Fences every partition: reads the fold to the log's end, appends the fence, waits to read it
  // back. Returns at once; commands submitted meanwhile wait in their lane. ready() tells when all
  // are done, and is false again while one of them takes a new fence.
  virtual void start() = 0;
  virtual bool ready() const = 0;
  // Whether commands may come: some partition was ready, and every other one was, too, or has tried
  // for ack_timeout in vain, or its fold has stopped. What is sent to such a one is answered
  // `unavailable` until it can be appended to. It stays so.
  virtual bool settled() const = 0;
  // Partitions that are not ready now.
  virtual std::vector<partition_id> not_ready() const = 0;
  // Why this gateway had to stop (a newer fence with its own id, a failed log), or empty.
  virtual std::string failure() const = 0;

  // The answer, if there is one at once; else it comes from on_decided() or tick(). Commands of one
  // connection and room are decided in the order of the calls.
  virtual std::optional<command_outcome> submit(const command_origin& from, const principal& who,
                                                event_command command) = 0;

  // Matches the batch against what is in flight; appends the answers, in log order.
  virtual void on_decided(const decided_batch& batch, std::vector<addressed_outcome>& answers) = 0;
  // To be called every 100 ms or so: answers what is past its time.
  virtual void tick(std::vector<addressed_outcome>& answers) = 0;
  // Commands in flight of a connection that is gone stay in the log; their answers are dropped.
  virtual void connection_closed(const command_origin& from) = 0;
  // Refuses new commands (unavailable); what is in flight is still answered.
  virtual void drain() = 0;
  // What is submitted from now on is compared with these words, in place of those of the options.
  virtual void replace_prohibited_words(const std::vector<std::string>& words) = 0;
  virtual ingress_stats stats() const = 0;
};

std::unique_ptr<ingress> make_ingress(const ingress_options& options, log& events,
                                      fold_lookup& fold, const clock_source& clock);

}  // namespace roomlog
