// One HTTP/1.1 request over a socket of its own, read to its end.
#pragma once

#include <string>

namespace roomlog::testing {

struct http_answer {
  int status = 0;  // 0: nothing that is HTTP came, or no connection
  std::string head, body;
};

// `base` as the ready line has it: "http://127.0.0.1:8081". `token`: sent as a bearer, unless
// empty. Gives up after twenty seconds.
http_answer http_get(const std::string& base, const std::string& path,
                     const std::string& method = "GET", const std::string& token = {});

}  // namespace roomlog::testing
