// HTTP requests and responses as plain values, so that whoever answers them sees no HTTP library.
// They share the port with the WebSocket endpoint.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushers/http/http_stream.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

using http_fields = std::vector<std::pair<std::string, std::string>>;

struct http_request {
  std::string method;  // "GET"
  std::string target;  // path and query
  http_fields fields;  // names as sent; compare without case
  // A body is announced. It is not read: no path takes one, and the connection ends with the
  // answer.
  bool has_body = false;
  // True once the connection has ended: nobody waits for the answer. May be null.
  std::shared_ptr<const std::atomic<bool>> gone{};

  // The first field of that name, compared without case; empty when there is none.
  std::string_view field(std::string_view name) const;
};

struct http_response {
  unsigned status = 200;
  std::string content_type = "application/json";
  http_fields fields;  // besides those that response_head() writes
  std::string body;  // JSON without markup, for a browser may show it (schemas/text/json_writer.h)
  http_stream_factory stream{};  // makes the body instead, as the client takes it
};

// Takes the answer to one request: once, from any thread, also from within the handler's call. What
// comes when the connection has ended, or has answered for itself, is dropped.
using http_reply = std::function<void(http_response)>;

// Called on a shard's thread; must not block. Exceptions are answered with status 500. One request
// of a connection is open at a time; the next is not read before it is answered.
using http_handler = std::function<void(http_request, http_reply)>;

// Whether the connection goes on behind an answer: as HTTP/1.1 has it without a word, said to a
// client of HTTP/1.0, or not at all.
enum class persistence { implied, said, none };

// How the client knows where a body ends: by its length, by its last chunk, or by the end of the
// connection, as HTTP/1.0 has it where the length is not known.
enum class body_framing { length, chunked, until_close };

// Status line, Content-Type (not to be guessed otherwise), Content-Length or Transfer-Encoding,
// Connection where it has to be said, and the response's own fields, with the empty line.
std::string response_head(const http_response& response, persistence after,
                          body_framing framing = body_framing::length);

// Names of fields, compared without case.
bool same_name(std::string_view a, std::string_view b);

// RFC 9457 application/problem+json with the `code` of docs/protocol.md §3 (empty: none).
http_response make_problem(unsigned status, std::string_view code = {},
                           std::string_view detail = {});
// The same for what a command would be refused with, with the status of docs/protocol.md §4.
http_response make_problem(const client_error& e);

}  // namespace roomlog
