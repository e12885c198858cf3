// Connections on one port: plain HTTP and WebSocket (RFC 6455), around handlers and applications
// that know no sockets. The library behind it is seen in connection.h and what includes that.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pushers/http/http_types.h"
#include "pushers/transport/connection_application.h"
#include "pushers/transport/event_loop.h"

namespace roomlog {

// The same for all connections of a loop; outlives them.
struct connection_settings {
  std::vector<std::string> paths;  // of the WebSocket endpoint; empty: every path
  std::string protocol;            // the sub-protocol that is chosen when the client offers it
  std::size_t message_bytes_max = 64 * 1024;
  std::size_t output_bytes_max = 256 * 1024;
  std::size_t flush_bytes_max = 256 * 1024;
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t kernel_unsent_bytes = 0;
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds answer_timeout{5'000};  // for `http`; then 503
  std::chrono::milliseconds close_wait{2'000};
  // A streamed answer of which the peer takes nothing for so long is cut.
  std::chrono::milliseconds stall_timeout{30'000};
  connection_application_factory make_application;  // empty: there is no endpoint
  http_handler http;                                // empty: 404
  std::weak_ptr<const void> owner;        // of the loop: replies that outlive it are dropped
  std::vector<ip_range> trusted_proxies;  // whose word about addresses is taken
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
void serve_connection(event_loop& loop, const connection_settings& settings,
                      accepted_client client);

}  // namespace roomlog
