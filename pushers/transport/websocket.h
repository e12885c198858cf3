// WebSocket connections (RFC 6455) and plain HTTP on one port: the handshake, the frames that come
// in, and the one ordered output, around an application that knows no sockets. The library behind
// it is seen in connection.h and what includes that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushers/http/http_types.h"
#include "pushers/session/session_env.h"
#include "pushers/transport/connection_shares.h"
#include "pushers/transport/event_loop.h"
#include "pushers/transport/output_buffer.h"

namespace roomlog {

// What the upgrade request said.
struct ws_upgrade {
  std::string target;
  std::string token;  // Authorization: Bearer …, else the sub-protocol bearer.…; may be empty
  std::string traceparent;  // W3C trace context, well-formed; empty: none
  // What the connection counts for; null where connections are not counted.
  std::shared_ptr<connection_place> place;
  bool overloaded = false;  // there is no room for it, and it is to be told so
};

// What an application may do to its connection; lives as long as the application.
class ws_link {
 public:
  virtual ~ws_link() = default;
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
};

// What runs on an open connection. Destroyed when the connection ends, never from within a call.
class ws_application {
 public:
  virtual ~ws_application() = default;
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

using ws_application_factory =
    std::function<std::unique_ptr<ws_application>(ws_link&, const ws_upgrade&)>;

// The same for all connections of a loop; outlives them.
struct ws_settings {
  std::vector<std::string> paths;  // of the endpoint; empty: every path
  std::string protocol;            // the sub-protocol that is chosen when the client offers it
  std::size_t message_bytes_max = 64 * 1024;
  std::size_t output_bytes_max = 256 * 1024;
  std::size_t flush_bytes_max = 256 * 1024;
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t kernel_unsent_bytes = 0;
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds answer_timeout{5'000};  // for `http`; then 503
  std::chrono::milliseconds close_wait{2'000};
  ws_application_factory make_application;  // none: there is no endpoint
  http_handler http;                        // none: 404
  std::weak_ptr<const void> owner;          // of the loop: replies that outlive it are dropped
  std::vector<ip_range> trusted_proxies;    // whose word about addresses is taken
};

// A connected, non-blocking socket, and what it counts for (null: connections are not counted).
struct accepted_client {
  int socket = -1;
  ip_address peer;
  std::shared_ptr<connection_place> place;
};

// Answers 503 without reading a request, and closes the socket. Does not block.
void turn_away(int socket);

// Takes the socket. On the loop's thread.
void serve_connection(event_loop& loop, const ws_settings& settings, accepted_client client);

}  // namespace roomlog
