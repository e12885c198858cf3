// What runs on a connection that was upgraded, and what it may do to it: messages come in, frames
// go out over the one ordered output. An application knows no socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pushers/transport/connection_shares.h"
#include "pushers/transport/direct_outputs.h"
#include "pushers/transport/output_buffer.h"
#include "pushers/transport/peer_progress.h"

namespace roomlog {

// What the request for an upgrade said.
struct upgrade_request {
  std::string target;
  std::string token;  // Authorization: Bearer …, else the sub-protocol bearer.…; may be empty
  std::string traceparent;  // W3C trace context, well-formed; empty: none
  // What the connection counts for; null where connections are not counted.
  std::shared_ptr<connection_place> place;
  bool overloaded = false;  // there is no room for it, and it is to be told so
};

// What an application may do to its connection; lives as long as the application.
class connection_link {
 public:
  virtual ~connection_link() = default;
  virtual output_buffer& output() = 0;
  // The output buffer or the source has something.
  virtual void wake() = 0;
  // wants_input() may have become true.
  virtual void input_wanted() = 0;
  virtual void call_at(std::chrono::microseconds due) = 0;
  // Sends what the buffer holds, then a close frame; nothing of the source.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual void abort() = 0;
  virtual peer_progress progress() = 0;
  // By which events may be sent past it while it is idle.
  virtual output_place place_for_direct() const { return output_place::none; }
};

// What runs on an open connection. Destroyed when the connection ends, never from within a call.
class connection_application {
 public:
  virtual ~connection_application() = default;
  virtual void on_open() = 0;
  // One whole message; good until the call returns.
  virtual void on_message(ws_opcode kind, std::string_view payload) = 0;
  // False: a binary message is not read to its end; on_binary_refused() is called instead.
  virtual bool takes_binary() const = 0;
  virtual void on_binary_refused() {}
  // While false, the connection is not read.
  virtual bool wants_input() const = 0;
  // Answers to what was taken are on their way: the peer's close is answered behind them.
  virtual bool answers_due() const { return false; }
  virtual void on_heard() {}
  virtual void on_drained() {}
  virtual void on_blocked() {}
  virtual void on_timer() {}
  // Events behind the output buffer; may be null.
  virtual output_source* source() = 0;
};

using connection_application_factory = std::function<std::unique_ptr<connection_application>(
    connection_link&, const upgrade_request&)>;

}  // namespace roomlog
