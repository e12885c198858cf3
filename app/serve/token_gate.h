// Whose tokens are believed, asked without holding up an event loop: HMAC is checked at once on the
// caller's thread, public-key signatures on threads of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ingress/auth/jwt.h"
#include "log/base/clock.h"
#include "pushers/session/command_port.h"

namespace roomlog {

struct token_gate_stats {
  std::uint64_t accepted = 0, refused = 0, overloaded = 0;
  std::size_t waiting = 0;
};

// Thread-safe. A full queue is answered with `overloaded` and close code 4001.
class token_gate {
 public:
  using answer = std::function<void(token_verdict)>;

  // `verifier` and `clock` outlive it.
  token_gate(const token_verifier& verifier, const clock_source& clock, unsigned threads,
             std::size_t waiting_max);
  ~token_gate();  // stop()s

  // Calls `done` exactly once: from within, or on a thread of the gate; not after stop(), which
  // drops what waits.
  void check(std::string token, answer done);
  token_gate_stats stats() const;
  void stop();

 private:
  struct job {
    std::string token;
    answer done;
  };
  token_verdict verdict_of(const std::string& token);
  void work();

  const token_verifier& verifier_;
  const clock_source& clock_;
  const std::size_t waiting_max_;
  std::atomic<std::uint64_t> accepted_{0}, refused_{0}, overloaded_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> jobs_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace roomlog
