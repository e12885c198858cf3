// Threads for reads that block. Each connection has at most one page and queries_in_flight_max
// queries open, so the queue is bounded by the connections. Pages for those who catch up and
// answers to those who ask take turns, so that no number of questions keeps events from anybody.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace roomlog {

enum class read_kind { delivery, query };

class reader_pool {
 public:
  explicit reader_pool(unsigned threads);
  ~reader_pool();  // stop()s
  // Runs `job` on one of the threads; after stop() it is dropped. From any thread.
  void run(read_kind kind, std::function<void()> job);
  // Jobs that wait.
  std::size_t queued() const;
  // Drops what waits, finishes what runs. Idempotent.
  void stop();

 private:
  using jobs = std::deque<std::function<void()>>;

  void work();
  std::function<void()> take_next();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  jobs deliveries_, queries_;
  bool delivery_next_ = true;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace roomlog
