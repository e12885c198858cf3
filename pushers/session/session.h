// One client connection as a state machine: messages, verdicts, answers, room events and time come
// in; frames (in the output buffer), event frames (as an output_source) and requests to its
// session_env come out. No socket, clock, thread or lock. Its parts do the work (session_parts.h);
// this says when each has its turn.
//
//   connected ──hello──► waiting for a token ──► verifying ──► ready ──► closing
//                              └ 5 s: 4500          └ 4501, 4502    └ 4503, 4506, 1003, 4000
//
// Commands that cannot be taken yet are held back: a message is kept, and the connection is not
// read, while wants_input() is false: a token is being verified, too many commands are undecided,
// too many queries are open, too many replies wait to be sent, or others have their turn.
#pragma once

#include <string>
#include <string_view>

#include "pushers/session/command_turns.h"
#include "pushers/session/liveness.h"
#include "pushers/session/session_answer.h"
#include "pushers/session/session_parts.h"
#include "pushers/transport/output_buffer.h"

namespace roomlog {

class session final : public output_source {
 public:
  // All of them outlive it.
  session(session_context& context, session_env& env, output_buffer& out, moment now);
  ~session() override;  // leaves its rooms

  // First of all. `token`: what the upgrade request carried, may be empty.
  void on_connected(session_key key, std::string token, moment now);
  // A text message: one or more JSON objects, separated by newlines.
  void on_text(std::string_view message, moment now);
  void on_binary();
  bool wants_input() const { return !turns_.keeps_message() && can_take(); }
  // Commands that were taken are not answered yet.
  bool answers_due() const { return !parts_.closing && parts_.undecided.count() != 0; }

  void on_token(token_answer verdict, moment now);
  void on_outcome(const addressed_outcome& outcome, moment now);
  void on_answer(const session_answer& answer, moment now);
  void on_drain(std::chrono::milliseconds after);

  void on_heard(moment now);
  void on_blocked(moment now) { alive_.on_blocked(now.steady); }
  // Everything that was to be sent is with the kernel. Needs no call unless waits_for_drain().
  void on_drained(moment now);
  bool waits_for_drain() const { return turns_.keeps_message() || parts_.events.waits_for_page(); }
  void on_tick(moment now);
  // When on_tick() has to be called at the latest.
  std::chrono::microseconds due() const;

  // Receipts, signals and the like; removed before they end.
  void add_output(spare_output& output) { parts_.spare.add(output); }
  void remove_output(spare_output& output) { parts_.spare.remove(output); }

  std::size_t subscriptions() const { return parts_.events.count(); }

  // output_source
  void prepare() override;
  void gather(gather_list& out) override { parts_.events.gather(out); }
  void consumed(std::size_t bytes, std::string& buffer) override {
    parts_.events.consumed(bytes, buffer);
  }

 private:
  void take(const loaded_page& page, moment now);
  void take(const query_answer& answer, moment now);
  void take(const found_cursor& found, moment now);
  void take(const level_reached& level, moment now);
  void take(const turn_begins&, moment now);
  bool can_take() const;
  // The process did not run for so long that what has arrived may be of any age.
  bool end_overslept(moment now);
  // May keep a rest of the message, which must not be what is kept itself.
  void work_off(std::string_view message, moment now);
  void resume(moment now);
  void retry_held(moment now);
  void tick_liveness(moment now);
  void close(const session_end& end);
  void forget_everything();

  session_parts parts_;
  command_turns turns_;
  liveness alive_;
};

}  // namespace roomlog
