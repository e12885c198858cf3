#include "pushers/reader_pool.h"

#include <utility>

namespace roomlog {

reader_pool::reader_pool(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

reader_pool::~reader_pool() {
  stop();
}

void reader_pool::run(read_kind kind, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    (kind == read_kind::delivery ? deliveries_ : queries_).push_back(std::move(job));
  }
  wake_.notify_one();
}

std::size_t reader_pool::queued() const {
  const std::lock_guard lock(mutex_);
  return deliveries_.size() + queries_.size();
}

void reader_pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    deliveries_.clear();
    queries_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

// One of the two is not empty.
std::function<void()> reader_pool::take_next() {
  const bool delivery = queries_.empty() || (delivery_next_ && !deliveries_.empty());
  jobs& from = delivery ? deliveries_ : queries_;
  delivery_next_ = !delivery;
  auto job = std::move(from.front());
  from.pop_front();
  return job;
}

void reader_pool::work() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !deliveries_.empty() || !queries_.empty(); });
      if (stopped_) return;
      job = take_next();
    }
    job();
  }
}

}  // namespace roomlog
