#include "pushers/task_queue.h"

#include <utility>

namespace roomlog {

void user_turns::line_up(const std::string& user, turns& of) {
  if (of.in_order || of.waiting.empty() || of.running >= running_max_) return;
  of.in_order = true;
  order_.push_back(user);
}

void user_turns::add(task job) {
  const auto user = job.user;
  auto& of = users_[user];
  of.waiting.push_back(std::move(job));
  ++size_;
  line_up(user, of);
}

task user_turns::take() {
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

void user_turns::done(const std::string& user) {
  const auto found = users_.find(user);
  auto& of = found->second;
  --of.running;
  if (of.waiting.empty() && of.running == 0)
    users_.erase(found);
  else
    line_up(user, of);
}

void user_turns::clear() {
  order_.clear();
  size_ = 0;
  std::erase_if(users_, [](const auto& of) { return of.second.running == 0; });
  for (auto& [user, of] : users_) of = {{}, of.running, false};
}

std::size_t user_turns::of(const std::string& user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? 0 : found->second.waiting.size();
}

bool task_queue::add(task job) {
  if (job.bound == task_bound::user && bounded_.of(job.user) >= waiting_per_user_max_) {
    ++refused_;
    return false;
  }
  turns_of(job.bound).add(std::move(job));
  return true;
}

task_queue::taken task_queue::take(std::chrono::microseconds now) {
  const bool unbounded = !bounded_.ready() || (unbounded_next_ && unbounded_.ready());
  unbounded_next_ = !unbounded;
  auto job = (unbounded ? unbounded_ : bounded_).take();
  const bool over = (job.cancelled && *job.cancelled) || now >= job.deadline;
  if (over) ++dropped_;
  return {std::move(job), over};
}

void task_queue::clear() {
  unbounded_.clear();
  bounded_.clear();
}

}  // namespace roomlog
