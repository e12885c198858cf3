#include "projections/worker/fold_thread.h"

#include <pthread.h>

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds quiet_before_commit{20};
// Of a log, or a store, that does not answer.
constexpr std::chrono::milliseconds before_retry{200};

}  // namespace

void fold_thread::start() {
  signal();  // what is in the log already; followers may be calling by now
  thread_ = std::thread([this] { run(); });
  (void)pthread_setname_np(thread_.native_handle(), "fold-worker");  // a name is a convenience
}

void fold_thread::signal() {
  {
    const std::lock_guard lock(mutex_);
    signal_ = true;
  }
  signalled_.notify_one();
}

void fold_thread::stop() {
  loop_.end();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  signalled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void fold_thread::run() {
  while (true) {
    const bool moved = loop_.pass();
    std::optional<std::chrono::milliseconds> at_most;
    if (loop_.wants_retry()) at_most = before_retry;
    if (loop_.has_uncommitted()) at_most = quiet_before_commit;
    const wake_up why = moved ? go_on() : wait_for_signal(at_most);
    if (why == wake_up::stop) break;
    if (why == wake_up::quiet) loop_.commit();
  }
  loop_.commit();
}

fold_thread::wake_up fold_thread::go_on() {
  const std::lock_guard lock(mutex_);
  return stopping_ ? wake_up::stop : wake_up::signal;
}

fold_thread::wake_up fold_thread::wait_for_signal(
    std::optional<std::chrono::milliseconds> at_most) {
  std::unique_lock lock(mutex_);
  const auto woken = [&] { return signal_ || stopping_; };
  if (!at_most) {
    signalled_.wait(lock, woken);
  } else if (!signalled_.wait_for(lock, *at_most, woken)) {
    return wake_up::quiet;
  }
  signal_ = false;
  return stopping_ ? wake_up::stop : wake_up::signal;
}

}  // namespace roomlog
