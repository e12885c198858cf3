// The listener for operators: a few GET paths, a thread and connections of its own, so that it
// answers while everything else is busy. HTTP is what clients get too (pushers/transport).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/config/endpoint.h"
#include "log/base/result.h"
#include "pushers/http/http_types.h"

namespace roomlog {

struct admin_server_options {
  endpoint where;
  // At a time; one more is answered 503.
  std::size_t connections_max = 64;
};

// A path, and what a GET or HEAD of it is answered. Called on the server's thread.
struct admin_path {
  std::string path;
  std::function<http_response()> show;
};

class admin_server {
 public:
  // Listens and starts its thread. errc::unavailable names the address that could not be had.
  static result<std::unique_ptr<admin_server>> start(const admin_server_options& options,
                                                     const std::vector<admin_path>& pages);
  ~admin_server();  // stops

  // As it was taken; the port is the real one where 0 was asked for.
  const endpoint& where() const;

  // No request is being answered afterwards. Idempotent.
  void stop();

 private:
  class impl;
  explicit admin_server(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

}  // namespace roomlog
