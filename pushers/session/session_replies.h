// What the server says on one connection besides events, as JSON objects, each framed and appended
// to the ordered output. Owned by its connection; on the shard's thread.
//
// Takes everything: a session takes no more commands while output_bytes_max wait, so that what
// waits stays bounded. Refusals for a rate are counted: after refusals_per_turn of them the
// connection pauses, so that a client that goes on without waiting is slowed down instead of
// being refused as fast as the server can.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pushers/session/output_env.h"
#include "pushers/session/session_context.h"
#include "pushers/transport/output_buffer.h"
#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command.h"

namespace roomlog {

constexpr std::uint32_t refusals_per_turn = 8;
constexpr std::chrono::milliseconds refusals_pause{40};  // and what is left of a tick

class session_replies {
 public:
  // All of them outlive it.
  session_replies(session_context& context, output_env& env, output_buffer& out)
      : context_(context), env_(env), out_(out) {}

  session_context& context() const { return context_; }
  output_env& env() const { return env_; }

  // The reply under construction: json() … send(). Nothing else may be said in between.
  std::string& json();
  void send() { send_text(context_.json); }
  void send_text(std::string_view object);
  void refuse(const command_id& id, const client_error& error, std::string_view cid = {});
  void ping();
  // Whole event frames of a page, without a wake().
  void append_frames(std::string_view framed) { out_.append_bytes(framed); }

  // Bytes that wait to be sent.
  std::size_t waiting() const { return out_.waiting(); }

  // From the last refusal of a turn on, until begin_turn().
  bool pauses() const { return pause_ends_ != never; }
  // The earliest time of the next turn; never where there is no pause.
  std::chrono::microseconds pause_ends() const { return pause_ends_; }
  // A new turn begins.
  void begin_turn();

 private:
  session_context& context_;
  output_env& env_;
  output_buffer& out_;
  std::chrono::microseconds pause_ends_ = never;
  std::uint32_t refused_in_turn_ = 0;  // for a rate
};

}  // namespace roomlog
