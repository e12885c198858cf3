#include "log/kafka/kafka_questions.h"

namespace roomlog {

bool kafka_questions::ask(subject about, std::int32_t leader, question what) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_.insert(about).second) return false;
  }
  const auto answered = [this, about] {
    const std::lock_guard lock(mutex_);
    open_.erase(about);
  };
  const bool posted = lanes_.post(leader, [what = std::move(what), answered] {
    what();
    answered();
  });
  if (!posted) answered();
  return posted;
}

}  // namespace roomlog
