#include "app/serve/token_gate.h"

#include "schemas/protocol/close_codes.h"

namespace roomlog {
namespace {

constexpr std::uint32_t retry_after_ms = 1'000;

error_code code_of(token_error_kind kind) {
  switch (kind) {
    case token_error_kind::malformed:
      return error_code::token_malformed;
    case token_error_kind::signature:
      return error_code::token_signature;
    case token_error_kind::expired:
      return error_code::token_expired;
    case token_error_kind::claims:
      return error_code::token_claims;
  }
  return error_code::internal;
}

token_refusal overloaded() {
  client_error e = make_client_error(error_code::overloaded, "too many tokens wait to be checked");
  e.retry_after_ms = retry_after_ms;
  return {std::move(e), close_codes::overloaded};
}

}  // namespace

token_gate::token_gate(const token_verifier& verifier, const clock_source& clock, unsigned threads,
                       std::size_t waiting_max)
    : verifier_(verifier), clock_(clock), waiting_max_(waiting_max) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

token_gate::~token_gate() {
  stop();
}

void token_gate::check(std::string token, answer done) {
  if (!verifier_.needs_offload(token)) {
    done(verdict_of(token));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (jobs_.size() < waiting_max_) {
      jobs_.push_back({std::move(token), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  ++overloaded_;
  done(overloaded());
}

token_verdict token_gate::verdict_of(const std::string& token) {
  auto who = verifier_.verify(token, clock_.now());
  if (who) {
    ++accepted_;
    return std::move(*who);
  }
  ++refused_;
  const token_error& e = who.error();
  return token_refusal{make_client_error(code_of(e.kind), e.text), close_code(e.kind)};
}

void token_gate::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
    if (stopped_) return;
    const job next = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    next.done(verdict_of(next.token));
    lock.lock();
  }
}

token_gate_stats token_gate::stats() const {
  const std::lock_guard lock(mutex_);
  return {accepted_, refused_, overloaded_, jobs_.size()};
}

void token_gate::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace roomlog
