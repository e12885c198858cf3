// How a lane gets its fence, and what it does when it may not append any more.
#include "ingress/lane.h"
#include "log/base/diagnostics.h"

namespace roomlog {

void lane::start() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == state::idle) fence_wanted_ = true;
    started_at_ = context_->clock.steady();
  }
  catch_up_unlocked();
}

void lane::doubt(state in) {
  if (state_ != in) return;  // a new fence is on its way already
  if (in == state::ready) {  // the first of a row
    diagnostics::warn("ingress", "partition " + std::to_string(partition_.value) +
                                     ": an append is missing; taking a new fence");
  }
  state_ = state::catching_up;
  fence_wanted_ = true;
}

void lane::catch_up_unlocked() {
  std::uint64_t round;
  {
    const std::lock_guard lock(mutex_);
    if (!fence_wanted_ || state_ == state::stopped || !can_decide()) return;
    fence_wanted_ = false;
    state_ = state::catching_up;
    round = ++round_;
  }
  context_->fold.when_level(partition_, [weak = weak_from_this(), round](const result<>& outcome) {
    if (const auto self = weak.lock()) self->on_caught_up(round, outcome);
  });
}

void lane::on_caught_up(std::uint64_t round, const result<>& outcome) {
  const std::lock_guard lock(mutex_);
  if (round != round_ || state_ != state::catching_up) return;
  const auto known = context_->fold.fence_counter(partition_, context_->options.gateway);
  if (outcome && known) return append_fence(*known);
  // The log does not answer or is far ahead, the state cannot be read now, or the fold of this
  // partition has stopped, which is no trouble of the others. The next tick asks again.
  fence_wanted_ = true;
}

void lane::append_fence(std::uint64_t known) {
  proposed_ = {std::max(known, proposed_.counter) + 1, context_->random()};
  state_ = state::fencing;
  fence_until_ = context_->clock.steady() + context_->options.ack_timeout;
  const append_id id{context_->options.gateway, proposed_.counter, proposed_.nonce, 0};
  std::vector<append_entry> entries;
  entries.push_back({"", encode_fence(id, context_->clock.now())});
  const append_report report{proposed_.nonce, 0, 0, {}};
  const auto handed_over = context_->events.append(partition_, std::move(entries),
                                                   append_reports::handler(reports_, report));
  // Refused because the queue is full: the next tick asks again. Refused for good: the tick sees
  // the log's failure.
  if (!handed_over) {
    fence_until_ = context_->clock.steady();
    return;
  }
  own_nonces_.insert(proposed_.nonce);
}

void lane::on_fence(const decided_event& d, answers_to& answers) {
  const append_id& id = d.ev.append;
  const bool is_taken = d.decision.kind == verdict_kind::control;
  if (state_ == state::fencing && id.nonce == proposed_.nonce && id.counter == proposed_.counter) {
    if (!is_taken) return doubt(state::fencing);  // another fence came in between
    taken_ = proposed_;
    own_nonces_.clear();  // of older ones none is taken any more
    ++context_->fences;
    state_ = state::ready;
    next_number_ = 1;
    pending_.rewind();
    (void)append_backlog();  // refused: the next tick tries again
    return;
  }
  const bool is_ours = own_nonces_.find(id.nonce) != own_nonces_.end();
  if (!is_taken || is_ours || taken_.counter == 0 || id.counter <= taken_.counter) return;
  context_->fail("partition " + std::to_string(partition_.value) + ", offset " +
                 std::to_string(d.at.value) + ": another process took a fence as gateway \"" +
                 context_->options.gateway + "\". Two servers have the same gateway id (a copied " +
                 "data directory?); this one stops");
  stop(answers);
}

void lane::take_reports(answers_to& answers) {
  const std::string failure = context_->events.failure();
  for (const append_report& report : reports_->take()) {
    if (failure.empty()) {
      const bool of_fence = report.first == 0;
      const incarnation& present = of_fence ? proposed_ : taken_;
      if (report.nonce == present.nonce) doubt(of_fence ? state::fencing : state::ready);
      continue;
    }
    if (report.nonce != taken_.nonce || report.first == 0) continue;
    const bool untouched = report.code == errc::unavailable;
    for (std::uint64_t number = report.first; number <= report.last; ++number) {
      auto command = pending_.take_numbered(number);
      if (!command) continue;
      // Never reached the storage, and nothing of it did under an earlier fence.
      const auto code = untouched && command->appends == 1 ? error_code::unavailable
                                                           : error_code::unknown_outcome;
      settle(std::move(command), make_client_error(code), answers);
    }
  }
  if (!failure.empty()) on_failed_log(failure, answers);
}

// What was appended and not reported may still be read back, or times out. All else is over.
void lane::on_failed_log(const std::string& failure, answers_to& answers) {
  context_->fail("the log takes no more appends: " + failure);
  settle_all(pending_.take_backlog(), answers);
  state_ = state::stopped;
  fence_wanted_ = false;
}

void lane::stop(answers_to& answers) {
  state_ = state::stopped;
  fence_wanted_ = false;
  settle_all(pending_.take_appended(), answers);
  settle_all(pending_.take_backlog(), answers);
}

}  // namespace roomlog
