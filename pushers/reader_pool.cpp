#include "pushers/reader_pool.h"

#include <algorithm>
#include <utility>

namespace roomlog {

void read_turns::line_up(const std::string& user, turns& of) {
  if (of.in_order || of.waiting.empty() || of.running >= running_max_) return;
  of.in_order = true;
  order_.push_back(user);
}

void read_turns::add(read_job job) {
  const auto user = job.user;
  auto& of = users_[user];
  of.waiting.push_back(std::move(job));
  ++size_;
  line_up(user, of);
}

read_job read_turns::take() {
  const auto user = std::move(order_.front());
  order_.pop_front();
  auto& of = users_.at(user);
  of.in_order = false;
  auto job = std::move(of.waiting.front());
  of.waiting.pop_front();
  --size_;
  ++of.running;
  line_up(user, of);
  return job;
}

void read_turns::done(const std::string& user) {
  const auto found = users_.find(user);
  auto& of = found->second;
  --of.running;
  if (of.waiting.empty() && of.running == 0)
    users_.erase(found);
  else
    line_up(user, of);
}

void read_turns::clear() {
  order_.clear();
  size_ = 0;
  std::erase_if(users_, [](const auto& of) { return of.second.running == 0; });
  for (auto& [user, of] : users_) of = {{}, of.running, false};
}

std::size_t read_turns::of(const std::string& user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? 0 : found->second.waiting.size();
}

reader_pool::reader_pool(unsigned threads, const clock_source& clock,
                         std::size_t queries_per_user_max)
    : clock_(clock),
      queries_per_user_max_(queries_per_user_max),
      queries_(std::max<std::size_t>(1, threads / 2)) {
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
    turns_of(job.kind).add(std::move(job));
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

// One of the two is ready.
read_job reader_pool::take_next() {
  const bool delivery = !queries_.ready() || (delivery_next_ && deliveries_.ready());
  delivery_next_ = !delivery;
  return (delivery ? deliveries_ : queries_).take();
}

bool reader_pool::is_over(const read_job& job) const {
  return (job.cancelled && *job.cancelled) || clock_.steady() >= job.deadline;
}

void reader_pool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopped_ || deliveries_.ready() || queries_.ready(); });
    if (stopped_) return;
    auto job = take_next();
    const bool over = is_over(job);
    if (over) ++dropped_;
    const auto kind = job.kind;
    const auto user = job.user;
    lock.unlock();
    if (!over) job.run();
    job = {};  // let go of without the lock
    lock.lock();
    turns_of(kind).done(user);
  }
}

}  // namespace roomlog
