#include "app/serve/start_progress.h"

#include <algorithm>

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

constexpr std::chrono::seconds say_every{2};

}  // namespace

start_progress::start_progress(log& events, const fold_lookup& fold, std::uint64_t lag_max)
    : events_(events), fold_(fold), lag_max_(lag_max) {
  for (std::uint32_t p = 0; p < fold.partitions(); ++p) {
    const partition_id partition{p};
    if (!fold.folds(partition)) continue;
    goals_.push_back({partition, fold.position(partition), {}, knowledge::wanted});
  }
}

std::shared_ptr<start_progress> start_progress::begin(log& events, const fold_lookup& fold,
                                                      std::uint64_t lag_max) {
  std::shared_ptr<start_progress> made(new start_progress(events, fold, lag_max));
  made->ask();
  return made;
}

void start_progress::ask() {
  std::vector<std::size_t> wanted;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < goals_.size(); ++i) {
      if (goals_[i].of_end != knowledge::wanted) continue;
      goals_[i].of_end = knowledge::asked;
      wanted.push_back(i);
    }
  }
  for (const std::size_t i : wanted) {
    events_.find_end(goals_[i].partition, [weak = weak_from_this(), i](const result<offset>& end) {
      const auto self = weak.lock();
      if (!self) return;
      const std::lock_guard lock(self->mutex_);
      goal& g = self->goals_[i];
      g.of_end = end ? knowledge::known : knowledge::wanted;
      if (end) g.end = *end;
    });
  }
}

start_progress::distance start_progress::measure() const {
  distance out;
  const std::lock_guard lock(mutex_);
  for (const goal& g : goals_) {
    // The others are not kept waiting.
    if (!events_.is_open(g.partition) || !fold_.can_decide(g.partition)) continue;
    if (g.of_end != knowledge::known) out.known = false;
    if (g.of_end != knowledge::known || g.end <= g.begun) continue;
    const offset at = fold_.position(g.partition);
    const std::uint64_t left = at < g.end ? g.end.value - at.value : 0;
    out.left += left;
    out.most = std::max(out.most, left);
    out.whole += g.end.value - g.begun.value;
    out.partitions += left != 0;
  }
  return out;
}

bool start_progress::over() const {
  if (over_) return true;
  const distance now = measure();
  if (now.known && now.most <= lag_max_) over_ = true;
  return over_;
}

std::uint64_t start_progress::records_left() const {
  return over() ? 0 : measure().left;
}

std::string start_progress::in_words() const {
  if (over()) return {};
  const distance now = measure();
  if (!now.known && now.left == 0) return "asks the log how far there is to read";
  return "has " + std::to_string(now.left) + " of " + std::to_string(now.whole) +
         " records still to read, in " + std::to_string(now.partitions) + " partitions";
}

void start_progress::tick(std::chrono::microseconds now) {
  if (over()) {
    if (said_) diagnostics::info("fold", "has read what the log held at the start");
    said_ = false;
    return;
  }
  ask();
  if (say_at_.count() == 0) say_at_ = now + say_every;  // a quick start needs no words
  if (now < say_at_) return;
  say_at_ = now + say_every;
  said_ = true;
  diagnostics::info("fold", in_words());
}

}  // namespace roomlog
