// What each request of a user passes before a handler does anything for it: its token, and a place
// among the requests that wait for their answers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "log/base/clock.h"
#include "pushers/client_server_options.h"
#include "pushers/http/http_types.h"
#include "pushers/http/request_shares.h"
#include "pushers/session/command_port.h"

namespace roomlog {

// A request that was let in. It counts until the last pointer to it is gone.
class admitted_request {
 public:
  admitted_request(std::shared_ptr<request_shares> shares, const http_request& request,
                   http_reply reply_in)
      : gone(request.gone), reply(std::move(reply_in)), shares_(std::move(shares)) {}
  ~admitted_request() { shares_->leave(user); }
  admitted_request(const admitted_request&) = delete;

  void refuse(const client_error& why) const { reply(make_problem(why)); }

  principal who;
  std::string user;                      // "tenant/user"
  std::chrono::microseconds deadline{};  // steady: its connection has answered by then
  const std::shared_ptr<const std::atomic<bool>> gone;
  const http_reply reply;

 private:
  const std::shared_ptr<request_shares> shares_;
};
using admitted_request_ptr = std::shared_ptr<admitted_request>;

// Thread-safe. Holds at most http_in_flight_max requests, of which one more is answered
// `overloaded`; so is one of a user who has as many as are free.
class http_admission {
 public:
  // What it is given outlives it; the port calls back no more when it goes.
  http_admission(const client_server_options& options, command_port& port,
                 const clock_source& clock)
      : in_flight_max_(options.limits.http_in_flight_max),
        answer_wait_(options.times.fold_wait),
        port_(port),
        clock_(clock) {}

  // Does not block. Calls `then` with a request that is let in, at once or on another thread;
  // others are answered here.
  void admit(const http_request& request, http_reply reply,
             std::function<void(const admitted_request_ptr&)> then);

  std::uint64_t in_flight() const { return shares_->all(); }
  std::uint64_t overloaded() const { return overloaded_; }

 private:
  // False: it was answered.
  bool identify(admitted_request& asked, token_answer verdict);
  void refuse_overloaded(const http_reply& reply, const std::string& why);

  const std::size_t in_flight_max_;
  const std::chrono::microseconds answer_wait_;
  command_port& port_;
  const clock_source& clock_;
  // Shared with the requests, which may be let go later than this.
  const std::shared_ptr<request_shares> shares_ = std::make_shared<request_shares>();
  std::atomic<std::uint64_t> overloaded_{0};
};

}  // namespace roomlog
