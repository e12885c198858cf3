#include "log/local_signal_bus.h"

#include <pthread.h>

#include <utility>

namespace roomlog {

local_signal_bus::local_signal_bus(const local_signal_options& options) : options_(options) {
  if (options.delivers == local_signal_options::delivery::thread) {
    thread_ = std::thread([this] { run(); });
  }
}

result<> local_signal_bus::publish(bus_signal what) {
  if (auto good = check_signal(what, options_.partitions); !good) return good;
  const std::size_t bytes = sizeof what + what.key.size() + what.value.size();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return error{errc::closed, "the signal bus is closed"};
    if (bytes > options_.queue_bytes_max - waiting_bytes_) {
      ++stats_.shed;
      return error{errc::full, "signals of " + std::to_string(waiting_bytes_ + bytes) +
                                   " bytes would wait, but at most " +
                                   std::to_string(options_.queue_bytes_max) + " may"};
    }
    ++stats_.published;
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(what));
  }
  filled_.notify_one();
  return {};
}

std::unique_ptr<signal_subscription> local_signal_bus::subscribe(handler on_signals) {
  return subscribers_.add(std::move(on_signals));
}

signal_bus_stats local_signal_bus::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void local_signal_bus::close() {
  const std::lock_guard closing(closing_);
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
    waiting_bytes_ = 0;
  }
  filled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool local_signal_bus::deliver() {
  std::vector<bus_signal> batch;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    batch.swap(waiting_);
    waiting_bytes_ = 0;
    stats_.delivered += batch.size();
  }
  subscribers_.notify(batch);
  return true;
}

void local_signal_bus::run() {
  pthread_setname_np(pthread_self(), "signals");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
      if (closed_) return;
    }
    (void)deliver();  // empty where it was closed meanwhile
  }
}

}  // namespace roomlog
