// Which handler answers a request, by its path and its method. What no handler takes is answered
// here, the same for clients and operators: a path that no route has, a method that a path does not
// take, HEAD, OPTIONS.
//
//   GET   /v1/rooms/{room}/events  ──► queries         HEAD is taken wherever GET is
//   GET   /livez                   ──► the operators'  OPTIONS is not served: 405 with Allow
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pushers/http/http_types.h"
#include "pushers/http/request_target.h"

namespace roomlog {

// A request at its handler. Of a HEAD the transport sends the head of the answer only.
struct routed_request {
  http_request request;
  std::vector<std::string> names;  // what the path has for each {…} of the pattern: not empty
  http_params params;
};

// add() everything first; then answer() may be called from every loop's thread at once.
class http_router {
 public:
  // As http_handler.
  using handler = std::function<void(routed_request, http_reply)>;

  // `unknown_path` says in a 404 what the matter is.
  explicit http_router(std::string unknown_path) : unknown_path_(std::move(unknown_path)) {}

  // `pattern` is a path of segments; {name} stands for any one that is not empty. Of several
  // patterns that a path fits, the first that was added with the request's method has it.
  void add(std::string method, std::string_view pattern, handler answers);

  void answer(http_request request, http_reply reply) const;

 private:
  struct route {
    std::string method;
    std::vector<std::string> pattern;
    handler answers;
  };
  const std::string unknown_path_;
  std::vector<route> routes_;
};

}  // namespace roomlog
