// The target of an HTTP request in its parts (RFC 3986). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roomlog {

// Names and values of a query, decoded, in their order.
using http_params = std::vector<std::pair<std::string, std::string>>;

struct request_target {
  // Decoded: a segment may hold any bytes, slashes too. A slash at the end makes an empty one.
  std::vector<std::string> path;
  http_params params;
};

// Nullopt if the target is neither "/path?query" nor an absolute URI. A plus sign is one: times
// have it.
std::optional<request_target> parse_request_target(std::string_view target);

}  // namespace roomlog
