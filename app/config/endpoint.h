// An address to listen on, as settings write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace roomlog {

struct endpoint {
  std::string host;  // an IPv4 or IPv6 address (without brackets), a name, or * for every address
  std::uint16_t port = 0;
  bool operator==(const endpoint&) const = default;
};

// "127.0.0.1:8080", "[::1]:0", "localhost:80", "*:8080". errc::invalid.
result<endpoint> parse_endpoint(std::string_view text);
// The address at which a client on this machine reaches a listener on `where`; a wildcard address
// itself cannot be connected to.
endpoint reachable(const endpoint& where);
// The way back, as it stands in a URL.
std::string to_string(const endpoint& where);

}  // namespace roomlog
