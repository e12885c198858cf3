#include "app/serve/token_gate.h"

#include <utility>

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

// One of those that wait, until it is begun or dropped.
struct waiting_place {
  explicit waiting_place(std::shared_ptr<std::atomic<std::size_t>> all_in)
      : all(std::move(all_in)), before(all->fetch_add(1)) {}
  ~waiting_place() { --*all; }
  waiting_place(const waiting_place&) = delete;
  const std::shared_ptr<std::atomic<std::size_t>> all;
  const std::size_t before;
};

}  // namespace

void token_gate::check(std::string token, answer done) {
  if (!verifier_.needs_offload(token)) return done(verdict_of(token));
  auto place = std::make_shared<waiting_place>(waiting_);
  if (place->before >= waiting_max_) {
    ++overloaded_;
    return done(overloaded());
  }
  task job;
  job.bound = task_bound::none;  // waiting_max_ is theirs
  job.run = [this, token = std::move(token), done = std::move(done),
             place = std::move(place)]() mutable {
    place.reset();
    done(verdict_of(token));
  };
  (void)checks_.post(std::move(job));
}

token_answer token_gate::verdict_of(const std::string& token) {
  auto who = verifier_.verify(token, clock_.now());
  if (who) {
    ++accepted_;
    return std::move(*who);
  }
  ++refused_;
  const token_error& e = who.error();
  return token_refusal{make_client_error(code_of(e.kind), e.text), close_code(e.kind)};
}

token_gate_stats token_gate::stats() const {
  return {accepted_, refused_, overloaded_, *waiting_};
}

}  // namespace roomlog
