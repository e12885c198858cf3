// Whose tokens are believed, asked without holding up an event loop: HMAC is checked at once on the
// caller's thread, public-key signatures by a task_runner.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "ingress/auth/jwt.h"
#include "log/base/clock.h"
#include "pushers/session/command_port.h"
#include "pushers/task_runner.h"

namespace roomlog {

struct token_gate_stats {
  std::uint64_t accepted = 0, refused = 0, overloaded = 0;
  std::size_t waiting = 0;
};

// Thread-safe. A full queue is answered with `overloaded` and close code 4001.
class token_gate {
 public:
  using answer = std::function<void(token_answer)>;

  // `verifier` and `clock` outlive it; `checks` runs nothing any more when it goes.
  token_gate(const token_verifier& verifier, const clock_source& clock, task_runner& checks,
             std::size_t waiting_max)
      : verifier_(verifier), clock_(clock), checks_(checks), waiting_max_(waiting_max) {}

  // Calls `done` once: from within, or as a task of the runner; never where that drops the task.
  void check(std::string token, answer done);
  token_gate_stats stats() const;

 private:
  token_answer verdict_of(const std::string& token);

  const token_verifier& verifier_;
  const clock_source& clock_;
  task_runner& checks_;
  const std::size_t waiting_max_;
  std::atomic<std::uint64_t> accepted_{0}, refused_{0}, overloaded_{0};
  // Shared with the tasks, which may be let go later than this.
  const std::shared_ptr<std::atomic<std::size_t>> waiting_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace roomlog
