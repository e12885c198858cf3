#include "app/serve/ack_latency.h"

namespace roomlog {

void ack_latency::observe(const decided_batch& batch, const std::vector<addressed_outcome>& answers,
                          timestamp now) {
  if (answers.empty()) return;
  const std::lock_guard lock(mutex_);
  std::size_t at = 0;
  for (const addressed_outcome& answer : answers) {
    const auto* ack = std::get_if<command_ack>(&answer.outcome);
    if (ack == nullptr || ack->duplicate) continue;
    while (at < batch.events.size() && batch.events[at].at < ack->at) ++at;
    if (at == batch.events.size()) return;
    const timestamp begun = batch.events[at].ev.gateway_time;
    if (batch.events[at].at == ack->at && begun.value > 0 && now >= begun) {
      seen_.observe(now.value - begun.value);
    }
  }
}

duration_histogram ack_latency::read() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace roomlog
