// What sessions ask for, answered by ingress/ and the token gate: the one place where pushers/ and
// ingress/ meet.
#pragma once

#include "app/token_gate.h"
#include "ingress/command_parser.h"
#include "ingress/ingress.h"
#include "pushers/command_port.h"
#include "pushers/push_server.h"

namespace roomlog {

// Called from every shard's thread. What it is given outlives it.
class gateway_port final : public command_port {
 public:
  // `commands` is null where this server takes none: they are answered `unavailable`.
  gateway_port(ingress* commands, token_gate& tokens, const parser_limits& limits)
      : commands_(commands), tokens_(tokens), limits_(limits) {}
  // Once, before the first call of a session.
  void answer_to(push_server& sessions) { sessions_ = &sessions; }

  parsed_command parse(std::string_view json) override { return parse_command(json, limits_); }

  void verify_token(session_key session, std::string token) override {
    tokens_.check(std::move(token), [sessions = sessions_, session](token_verdict verdict) {
      sessions->on_token(session, std::move(verdict));
    });
  }

  void check_token(std::string token, std::function<void(token_verdict)> done) override {
    tokens_.check(std::move(token), std::move(done));
  }

  std::optional<command_outcome> submit(session_key session, const principal& who,
                                        event_command command) override {
    if (commands_ == nullptr) {
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
  token_gate& tokens_;
  const parser_limits limits_;
  push_server* sessions_ = nullptr;
};

}  // namespace roomlog
