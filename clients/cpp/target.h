// Which server to connect to.
#pragma once

#include <string>
#include <string_view>

#include "log/base/result.h"

namespace roomlog::client {

struct target {
  std::string host, port, path;
};

// "ws://host[:port][/path]"; the port is 80 and the path /v1/ws unless given. errc::invalid.
result<target> parse_target(std::string_view url);

}  // namespace roomlog::client
