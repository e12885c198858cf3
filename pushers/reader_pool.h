// Threads for reads that block. Each connection has at most one page and queries_in_flight_max
// queries open, so the queue is bounded by the connections.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace roomlog {

class reader_pool {
 public:
  explicit reader_pool(unsigned threads);
  ~reader_pool();  // stop()s
  // Runs `job` on one of the threads; after stop() it is dropped. From any thread.
  void run(std::function<void()> job);
  // Jobs that wait.
  std::size_t queued() const;
  // Drops what waits, finishes what runs. Idempotent.
  void stop();

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace roomlog
