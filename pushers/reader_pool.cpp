#include "pushers/reader_pool.h"

#include <utility>

namespace roomlog {

void read_turns::add(read_job job) {
  auto& jobs = users_[job.user];
  if (jobs.empty()) order_.push_back(job.user);
  jobs.push_back(std::move(job));
  ++size_;
}

read_job read_turns::take() {
  auto user = std::move(order_.front());
  order_.pop_front();
  const auto found = users_.find(user);
  auto& jobs = found->second;
  auto job = std::move(jobs.front());
  jobs.pop_front();
  --size_;
  if (jobs.empty())
    users_.erase(found);
  else
    order_.push_back(std::move(user));
  return job;
}

void read_turns::clear() {
  users_.clear();
  order_.clear();
  size_ = 0;
}

std::size_t read_turns::of(const std::string& user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? 0 : found->second.size();
}

reader_pool::reader_pool(unsigned threads, const clock_source& clock,
                         std::size_t queries_per_user_max)
    : clock_(clock), queries_per_user_max_(queries_per_user_max) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

reader_pool::~reader_pool() {
  stop();
}

bool reader_pool::run(read_job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return true;
    if (job.kind == read_kind::query && queries_.of(job.user) >= queries_per_user_max_) {
      ++refused_;
      return false;
    }
    (job.kind == read_kind::delivery ? deliveries_ : queries_).add(std::move(job));
  }
  wake_.notify_one();
  return true;
}

reader_stats reader_pool::stats() const {
  const std::lock_guard lock(mutex_);
  return {deliveries_.size() + queries_.size(), refused_, dropped_};
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
read_job reader_pool::take_next() {
  const bool delivery = queries_.size() == 0 || (delivery_next_ && deliveries_.size() != 0);
  delivery_next_ = !delivery;
  return (delivery ? deliveries_ : queries_).take();
}

bool reader_pool::is_over(const read_job& job) const {
  return (job.cancelled && *job.cancelled) || clock_.steady() >= job.deadline;
}

void reader_pool::work() {
  while (true) {
    read_job job;  // let go of without the lock
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || deliveries_.size() + queries_.size() != 0; });
      if (stopped_) return;
      job = take_next();
      if (is_over(job)) {
        ++dropped_;
        continue;
      }
    }
    job.run();
  }
}

}  // namespace roomlog
