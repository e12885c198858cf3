// What a client_server is given at its start.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushers/client_limits.h"
#include "pushers/transport/ip_address.h"

namespace roomlog {

struct client_server_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses
  unsigned shards = 1;
  unsigned reader_threads = 2;  // for history reads
  std::string epoch;            // the log's, for hello and cursors
  client_limits limits;
  client_times times;
  // Proxies whose X-Forwarded-For or Forwarded names the client (client_address.h).
  std::vector<ip_range> trusted_proxies;
  bool sessions = true;      // the WebSocket endpoint; else 404
  bool http_queries = true;  // over HTTP (docs/protocol.md §4); else 404
};

}  // namespace roomlog
