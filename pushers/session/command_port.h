// Where a session's requests go. The session declares what it needs; app/ implements it over
// ingress/, the token verifier and the views. Calls do not block; each says on which thread it
// comes. Answers to a session are posted to its shard, possibly when it is gone (then they are
// dropped by key).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "projections/queries/history_source.h"
#include "pushers/answer_key.h"
#include "schemas/protocol/close_codes.h"
#include "schemas/protocol/command_outcome.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

// Why a token was refused: the error frame's code and the close code of docs/protocol.md §1.
struct token_refusal {
  client_error error;
  std::uint16_t close_code = close_codes::token_malformed;
};
using token_answer = std::variant<principal, token_refusal>;

class command_port {
 public:
  virtual ~command_port() = default;

  // Answered by client_server::on_token(session, verdict), maybe from within the call.
  virtual void verify_token(session_key session, std::string token) = 0;
  // The same for a request without a session: calls `done` once, maybe from within the call, maybe
  // on another thread; never when the port's owner stops before.
  virtual void check_token(std::string token, std::function<void(token_answer)> done) = 0;
  // Counts a read that read threads do; refuses one that is too many for this user. From any
  // thread.
  virtual std::optional<client_error> admit_read(const principal& who) = 0;
  // The answer if there is one at once; else it comes by client_server::publish() or deliver().
  virtual std::optional<command_outcome> submit(answer_key to, const principal& who,
                                                event_command command) = 0;
  virtual void session_closed(session_key session) = 0;
};

}  // namespace roomlog
