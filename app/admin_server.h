// The listener for operators: a few GET paths, one thread of its own, so that it answers while
// everything else is busy. The HTTP library stays behind this file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/endpoint.h"
#include "log/result.h"

namespace roomlog {

struct admin_reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
};

class admin_server {
 public:
  // Answers a GET or HEAD of `path` (without query); none: 404. Called on the server's thread.
  using handler = std::function<admin_reply(std::string_view path)>;

  // Listens and starts its thread. errc::unavailable names the address that could not be had.
  static result<std::unique_ptr<admin_server>> start(const endpoint& where, handler answers);
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
