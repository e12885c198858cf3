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

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingress/limits/user_limits.h"
#include "log/base/clock.h"
#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/worker/fold_reader.h"
#include "schemas/protocol/command_outcome.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

struct ingress_options {
  std::string gateway;                          // this gateway's own id, from its data directory
  std::chrono::milliseconds ack_timeout{5000};  // also the deadline that records carry
  std::uint32_t user_per_second = 10;           // messages; 0: no limit
  std::uint32_t user_per_minute = 100;          // messages; 0: no limit
  // Of everything that is handed to the log, whatever becomes of it; 0: no limit.
  std::uint32_t user_commands_per_second = 20;
  std::uint32_t user_commands_per_minute = 600;
  std::size_t user_append_bytes = 2 << 20;      // in ten seconds
  std::uint32_t user_invites_per_minute = 100;  // people named in create and invite
  std::size_t in_flight_max = 65536;            // commands undecided, all connections together
  std::size_t in_flight_bytes_max = 64 << 20;   // the same in bytes
  std::vector<std::string> prohibited_words;    // compared without case, as whole words
  // 64 random bits: nonces of fences, and cids that clients left to us. The system's when empty.
  // Thread-safe.
  std::function<std::uint64_t()> random;
};

struct ingress_stats {
  std::uint64_t accepted = 0, duplicates = 0, refused = 0, unknown = 0;
  std::uint64_t refused_by_code[error_codes] = {};
  // By user_limit_names: for rates and budgets of users.
  std::uint64_t refused_by_limit[user_limit_names.size()] = {};
  std::size_t users = 0;  // that are counted for them
  // In flight, of the user that has most of it.
  std::size_t most_of_a_user = 0, most_bytes_of_a_user = 0;
  std::uint64_t fences = 0;  // taken: one for each partition, and one after each doubt
  std::size_t in_flight = 0, in_flight_bytes = 0;
  std::vector<std::size_t> in_flight_of;  // by partition
  // By partition: how far the log's clock is ahead of ours at least, as append_clocks has it.
  std::vector<std::chrono::microseconds> clock_skews;
};

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
                                      fold_reader& fold, const clock_source& clock);

}  // namespace roomlog
