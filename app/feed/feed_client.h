// One WebSocket connection of a feed, as one user. Beast stays behind the .cpp.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace roomlog {

// Where to, taken apart once.
struct feed_target {
  std::string host, port, path;
};
// "ws://host[:port][/path]"; the path is /v1/ws unless given. errc::invalid.
result<feed_target> parse_feed_url(std::string_view url);

struct feed_close {
  unsigned code = 0;  // WebSocket close code; 0: the peer said none
  std::string reason;
  std::string text;  // for people
};

// Called in the io_context's thread, never from within send() or close(). Outlives the client.
class feed_client_events {
 public:
  virtual void opened() = 0;  // the token was taken
  virtual void replied(const boost::json::object& frame) = 0;
  // All frames of one receive were given to replied().
  virtual void batch_done() = 0;
  // Nothing is called after it.
  virtual void closed(const feed_close& why) = 0;

 protected:
  ~feed_client_events() = default;
};

// One thread. Destroying it closes in the background, without a further call to `events`.
class feed_client {
 public:
  feed_client(boost::asio::io_context& io, const feed_target& target, std::string token,
              feed_client_events& events);
  ~feed_client();
  feed_client(const feed_client&) = delete;
  feed_client& operator=(const feed_client&) = delete;

  // One JSON object. What is given while a write is under way goes out in one frame after it. Only
  // when open().
  void send(std::string_view object);
  bool open() const;
  // Cuts the connection; closed() follows.
  void abort(const std::string& why);
  // When it began to connect, or last had a frame.
  std::chrono::steady_clock::time_point heard() const;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace roomlog
