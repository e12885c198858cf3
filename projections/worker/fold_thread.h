// A thread that turns a fold loop: at once while there is something to decide, else when it is
// signalled. When nothing came for a moment, what was decided is committed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "projections/worker/fold_loop.h"

namespace roomlog {

class fold_thread {
 public:
  // The thread has `loop` from start() to stop(). It outlives this.
  explicit fold_thread(fold_loop& loop) : loop_(loop) {}
  ~fold_thread() { stop(); }

  void start();
  // Something may be there to do. From any thread; does not block.
  void signal();
  // Finishes the batch in hand, commits, ends the thread. Idempotent.
  void stop();

 private:
  void run();
  enum class wake_up { signal, quiet, stop };
  wake_up go_on();
  // With `at_most` unset, for ever.
  wake_up wait_for_signal(std::optional<std::chrono::milliseconds> at_most);

  fold_loop& loop_;
  std::mutex mutex_;
  std::condition_variable signalled_;
  bool signal_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace roomlog
