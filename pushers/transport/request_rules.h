// What HTTP/1.1 asks of a request's head, beyond its grammar (RFC 9110, RFC 9112), and what RFC
// 6455 asks of an upgrade. Everything is decided here before a byte of a body is read. Pure; the
// same for the clients' listener and the admin listener.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushers/http/http_types.h"

namespace roomlog {

// As parsed; lives as long as the parser.
struct request_head {
  std::string_view method, target;
  unsigned version = 11;  // 10, 11
  std::vector<std::pair<std::string_view, std::string_view>> fields;
};

// The values of all fields of that name, in their order, as one list (RFC 9110 §5.3).
std::string whole_list(const request_head& head, std::string_view name);
std::size_t count_of(const request_head& head, std::string_view name);

struct head_ruling {
  unsigned refused = 0;  // the status; 0: it is a request to be answered
  std::string_view why;
  std::string target;  // in origin-form: path and query
  persistence after = persistence::implied;
  bool has_body = false;
  bool to_websocket = false;  // asks for a WebSocket by HTTP/1.1
};
head_ruling judge_head(const request_head& head);

// Path without the query.
std::string_view path_of(std::string_view origin_form);

// For a request to the WebSocket endpoint: what it is refused with; nothing: it may be upgraded.
std::optional<http_response> judge_upgrade(const request_head& head, const head_ruling& verdict);

}  // namespace roomlog
