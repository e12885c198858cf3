// Who speaks on a connection, over the life of their tokens.
//
//   waiting ──token──► verifying ──good──► known ──refresh──► verifying ──good──► known …
//      └ 5 s: ends        └ bad: ends        ├ a minute (or a fifth of its life) before its end: told
//                                            └ expired: ends
//
// Says what is to be said itself; where the connection has to end, it gives the reason to its
// owner. Owned by its session; on the shard's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pushers/session/command_port.h"
#include "pushers/session/session_replies.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

// The close frame with which a session ends.
struct session_end {
  std::uint16_t code;
  std::string reason;
};

class session_identity {
 public:
  // `now`: the time for the first token begins.
  session_identity(session_replies& replies, moment now);
  ~session_identity();

  // Empty until is_known().
  const principal& who() const { return who_; }
  bool is_known() const { return !who_.user.empty(); }
  bool is_verifying() const { return verifying_; }

  // A token is being verified, which the command `id` brought.
  void begin(command_id id);
  // What became of it. Ignored where none is being verified.
  std::optional<session_end> on_token(token_answer verdict, moment now);
  std::optional<session_end> on_tick(moment now);
  // When on_tick() has something to do at the latest.
  std::chrono::microseconds due() const;

 private:
  void become(const principal& who, moment now);
  // When the client is told that its token expires.
  timestamp notice_at() const;
  void schedule(moment now);

  session_replies& replies_;
  // Until the first token: when it must have come. Then: when the token is looked at again.
  std::chrono::microseconds due_;
  bool verifying_ = false;
  bool expiring_said_ = false;
  // Of the command whose token is verified; null where it has none, which is as a rule.
  std::unique_ptr<const command_id> asked_by_;
  principal who_;
};

}  // namespace roomlog
