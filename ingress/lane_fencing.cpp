// How a lane gets its fence, and what it does when it may not append any more.
#include "ingress/lane.h"
#include "ingress/settlement.h"
#include "log/base/diagnostics.h"
#include "log/base/planted_bug.h"

namespace roomlog {

void lane::doubt(state in) {
  if (!fence_.doubt(in) || in != state::ready) return;  // said once for the first of a row
  diagnostics::warn("ingress", "partition " + std::to_string(partition_.value) +
                                   ": an append is missing; taking a new fence");
}

void lane::catch_up_unlocked() {
  std::optional<std::uint64_t> round;
  {
    const std::lock_guard lock(mutex_);
    if (can_decide()) round = fence_.begin_round();
  }
  if (!round) return;
  context_->fold.when_level(partition_,
                            [weak = weak_from_this(), round = *round](const result<>& outcome) {
                              const auto self = weak.lock();
                              if (self) self->on_caught_up(round, outcome);
                            });
}

void lane::on_caught_up(std::uint64_t round, const result<>& outcome) {
  const std::lock_guard lock(mutex_);
  if (!fence_.is_round(round)) return;
  const auto known = context_->fold.fence_counter(partition_, context_->options.gateway);
  // The log does not answer or is far ahead, the state cannot be read now, or the fold of this
  // partition has stopped, which is no trouble of the others. The next tick asks again.
  if (!outcome || !known) return fence_.want();
  fence_.propose(*known, context_->random(),
                 context_->clock.steady() + context_->options.ack_timeout);
  if (writer_.append_fence(fence_.proposed())) return fence_.handed_over();
  // Refused because the queue is full: the next tick asks again. Refused for good: the tick sees
  // the log's failure.
  fence_.not_handed_over(context_->clock.steady());
}

void lane::on_fence(const decided_event& d, answers_to& answers) {
  const append_id& id = d.ev.append;
  const bool in_force = d.decision.kind == verdict_kind::control;
  switch (fence_.read_back({id.counter, id.nonce}, in_force)) {
    case lane_fence::reading::past:
      return;
    case lane_fence::reading::overtaken:
      return doubt(state::fencing);
    case lane_fence::reading::taken:
      ++context_->fences;
      writer_.begin(fence_.taken());
      pending_.rewind();
      (void)append_backlog();  // refused: the next tick tries again
      if (planted("appended_twice_after_fence")) {
        pending_.rewind();
        (void)append_backlog();
      }
      return;
    case lane_fence::reading::foreign:
      context_->fail("partition " + std::to_string(partition_.value) + ", offset " +
                     std::to_string(d.at.value) + ": another process took a fence as gateway \"" +
                     context_->options.gateway + "\". Two servers have the same gateway id (a " +
                     "copied data directory?); this one stops");
      stop(answers);
  }
}

void lane::take_reports(answers_to& answers) {
  const std::string failure = context_->events.failure();
  for (const append_report& report : writer_.take_reports()) {
    if (!failure.empty()) {
      on_lost_append(report, answers);
      continue;
    }
    const bool of_fence = report.first == 0;
    const lane_incarnation& present = of_fence ? fence_.proposed() : fence_.taken();
    if (report.nonce == present.nonce) doubt(of_fence ? state::fencing : state::ready);
  }
  if (failure.empty()) return;
  // What was appended and not reported may still be read back, or times out. All else is over.
  context_->fail("the log takes no more appends: " + failure);
  settle_all(*context_, pending_.take_backlog(), answers);
  fence_.stop();
}

// Of a log that has failed.
void lane::on_lost_append(const append_report& report, answers_to& answers) {
  if (report.nonce != fence_.taken().nonce || report.first == 0) return;
  const bool untouched = report.code == errc::unavailable;
  for (std::uint64_t number = report.first; number <= report.last; ++number) {
    auto command = pending_.take_numbered(number);
    if (!command) continue;
    // Never reached the storage, and nothing of it did under an earlier fence.
    const auto code =
        untouched && command->appends == 1 ? error_code::unavailable : error_code::unknown_outcome;
    settle(*context_, std::move(command), make_client_error(code), answers);
  }
}

void lane::stop(answers_to& answers) {
  fence_.stop();
  settle_all(*context_, pending_.take_appended(), answers);
  settle_all(*context_, pending_.take_backlog(), answers);
}

}  // namespace roomlog
