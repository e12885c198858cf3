// Who speaks on a connection: taken from a verified token only, never from what a client writes.
#pragma once

#include <string>

#include "log/base/types.h"

namespace roomlog {

struct principal {
  std::string tenant = "default";
  std::string user;
  std::string name;    // shown to others; empty: none
  std::string device;  // empty: none
  bool admin = false;
  bool audit = false;
  bool unlimited = false;  // no rate limits
  timestamp issued;        // 0: the token does not say
  timestamp expires;       // 0: never
  std::string key_id;      // the key that signed the token
};

}  // namespace roomlog
