// HTTP requests and responses as plain values, so that whoever answers them sees no HTTP library.
// They share the port with the WebSocket endpoint.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roomlog {

using http_fields = std::vector<std::pair<std::string, std::string>>;

struct http_request {
  std::string method;  // "GET"
  std::string target;  // path and query, as sent
  http_fields fields;  // names as sent; compare without case
  std::string body;
  std::string peer;  // the address that it came from, for diagnostics

  // The first field of that name, compared without case; empty when there is none.
  std::string_view field(std::string_view name) const;
};

struct http_response {
  unsigned status = 200;
  std::string content_type = "application/json";
  http_fields fields;  // besides Content-Type, Content-Length and Connection
  std::string body;
};

// Called on a shard's thread; must not block. Exceptions are answered with status 500.
using http_handler = std::function<http_response(const http_request&)>;

// Status line and header fields, with the empty line.
std::string response_head(const http_response& response, bool keep_alive);

// RFC 9457 application/problem+json with the `code` of PROTOCOL §3 (empty: none).
http_response make_problem(unsigned status, std::string_view title, std::string_view code = {},
                           std::string_view detail = {});

}  // namespace roomlog
