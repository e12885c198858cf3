#include "app/serve/gateway.h"

#include <algorithm>

namespace roomlog {
namespace {

using namespace std::chrono_literals;

// After which the figures of the clients' side show what was so before.
constexpr auto settling = 50ms;

std::unique_ptr<ingress> make_commands(const gateway_options& options, log& events,
                                       fold_lookup& fold, const clock_source& clock) {
  if (!options.commands) return nullptr;
  return make_ingress(*options.commands, events, fold, clock);
}

}  // namespace

gateway::gateway(gateway_options options, log& events, fold_service& fold,
                 const clock_source& clock)
    : has_sessions_(options.has_sessions),
      log_silence_max_(options.log_silence_max),
      events_(events),
      fold_(fold),
      clock_(clock),
      commands_(make_commands(options, events, fold.lookup(), clock)),
      progress_(start_progress::begin(events, fold.lookup(), options.ready_lag)),
      port_(commands_.get(), std::move(options.tokens), options.user_reads_per_second, clock) {
  if (!has_sessions_ && !commands_) return;
  fold_.subscribe([this](const decided_batch_ptr& batch) { on_batch(batch); });
}

void gateway::serve(client_delivery& clients) {
  clients_ = &clients;
  port_.answer_to(clients);
}

void gateway::start() {
  if (commands_) commands_->start();
}

bool gateway::prepared() const {
  return progress_->over() && (!commands_ || commands_->settled());
}

// Answers leave before the batch's events do.
void gateway::on_batch(const decided_batch_ptr& batch) {
  std::vector<addressed_outcome> answers;
  if (commands_) commands_->on_decided(*batch, answers);
  ack_latency_.observe(*batch, answers, clock_.now());
  if (delivering_ && has_sessions_) clients_->publish(batch, std::move(answers));
}

void gateway::tick(std::chrono::microseconds now) {
  std::vector<addressed_outcome> answers;
  if (commands_) commands_->tick(answers);
  progress_->tick(now);
  fold_.tick(now);
  port_.tick();
  if (delivering_) clients_->deliver(std::move(answers));
  go_on_draining(now);
}

void gateway::drain(std::chrono::microseconds now, const drain_times& times) {
  draining_ = times;
  drain_begun_ = now;
  if (!delivering_) return refuse_commands(now);
  clients_->drain(times.notice);
  drain_ = drain_phase::notice;
}

void gateway::refuse_commands(std::chrono::microseconds now) {
  if (commands_) commands_->drain();
  answers_end_ = std::min(now + draining_.answers_max, draining_.answers_end);
  drain_ = commands_ ? drain_phase::answers : drain_phase::over;
}

void gateway::go_on_draining(std::chrono::microseconds now) {
  if (drain_ == drain_phase::notice) {
    const bool all_gone = now > drain_begun_ + settling && clients_->sessions() == 0;
    if (all_gone || now >= drain_begun_ + draining_.notice) refuse_commands(now);
  }
  // Who waits is answered by then. What is left the log may decide or not: no client is told.
  if (drain_ == drain_phase::answers &&
      (commands_->stats().in_flight == 0 || now >= answers_end_)) {
    drain_ = drain_phase::over;
  }
}

std::optional<error> gateway::fatal() const {
  const std::string log_failure = events_.failure();
  if (commands_ && log_failure.empty()) {
    if (const std::string why = commands_->failure(); !why.empty()) {
      return error{errc::mismatch, why};
    }
  }
  if (delivering_) return std::nullopt;
  if (!log_failure.empty()) return error{errc::io, log_failure};
  const auto folded = fold_.status();
  const bool some_go_on = std::ranges::any_of(folded, &std::string::empty, &fold_status::stopped);
  if (some_go_on || folded.empty()) return std::nullopt;
  return error{errc::damaged, folded.front().stopped};
}

}  // namespace roomlog
