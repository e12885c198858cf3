// What sessions ask for, answered by ingress/ and the token check: the one place where pushers/ and
// ingress/ meet.
#pragma once

#include "app/serve/client_delivery.h"
#include "ingress/ingress.h"
#include "ingress/limits/rate_limiter.h"
#include "log/base/clock.h"
#include "pushers/session/command_port.h"

namespace roomlog {

// Calls `done` once, maybe from within the call, maybe on another thread; never once the owner of
// what checks has stopped it.
using token_check = std::function<void(std::string token, std::function<void(token_answer)> done)>;

// Called from every shard's thread. What it is given outlives it.
class gateway_port final : public command_port {
 public:
  // `commands` is null where this process takes none: they are answered `unavailable`.
  // `reads_per_second` is of one user, 0: no limit.
  gateway_port(ingress* commands, token_check tokens, std::uint32_t reads_per_second,
               const clock_source& clock)
      : commands_(commands),
        tokens_(std::move(tokens)),
        clock_(clock),
        reads_({reads_per_second, 0}) {}
  // Once, before the first call of a session.
  void answer_to(client_delivery& clients) { clients_ = &clients; }

  void verify_token(session_key session, std::string token) override {
    tokens_(std::move(token), [clients = clients_, session](token_answer verdict) {
      clients->on_token(session, std::move(verdict));
    });
  }

  void check_token(std::string token, std::function<void(token_answer)> done) override {
    tokens_(std::move(token), std::move(done));
  }

  std::optional<client_error> admit_read(const principal& who) override {
    if (who.unlimited) return std::nullopt;
    const auto taken = reads_.take(who.tenant + '/' + who.user, clock_.steady());
    const auto* over = std::get_if<rate_refusal>(&taken);
    if (over == nullptr) return std::nullopt;
    auto refused = make_client_error(error_code::rate_limited);
    refused.limit = "user_reads";
    refused.retry_after_ms = over->retry_after_ms;
    return refused;
  }
  // To be called now and then: forgets who has not read for a while.
  void tick() { reads_.forget_idle(clock_.steady()); }

  std::optional<command_outcome> submit(session_key session, const principal& who,
                                        event_command command) override {
    if (commands_ == nullptr) {
      // For a time: an earlier attempt elsewhere may have been accepted, so this settles nothing.
      return make_client_error(error_code::unavailable,
                               "This server takes no commands; send them to a gateway");
    }
    return commands_->submit(origin_of(session), who, std::move(command));
  }

  void session_closed(session_key session) override {
    if (commands_ != nullptr) commands_->connection_closed(origin_of(session));
  }

 private:
  ingress* const commands_;
  const token_check tokens_;
  const clock_source& clock_;
  rate_limiter reads_;
  client_delivery* clients_ = nullptr;
};

}  // namespace roomlog
