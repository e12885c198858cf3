// One WebSocket connection to a server, as one user (docs/protocol.md):
//
//   connection ─► resolve ─► connect ─► upgrade, with the token ─► opened()
//                       send() ─►  server  ─► answered() · received() · draining() ─► batch_done()
//                                                                        the last one: closed()
//
// It answers pings and takes messages of several frames apart. Ids, cids and repetitions are the
// owner's, since they outlive a connection; when to connect again says reconnect_policy.h. Commands
// that are sent while a write is under way are kept without a bound: the owner limits how many it
// leaves unanswered. Beast stays behind the .cpp.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "clients/cpp/closing.h"
#include "clients/cpp/frames.h"
#include "clients/cpp/target.h"

namespace roomlog::client {

// Called in the io_context's thread, never from within a call of the owner. Outlives the connection.
class events {
 public:
  virtual void opened(const greeting& from) = 0;  // the token was taken
  // The answer to a command with a number as its id; `frame` is the whole of it.
  virtual void answered(const answer& to, const boost::json::object& frame) = 0;
  // What is no answer: `event`, `live`, `receipt`, `token_expiring`, an `error` about the connection.
  virtual void received(const boost::json::object& frame) { (void)frame; }
  // The server closes the connection after so long; another one takes its clients.
  virtual void draining(std::chrono::milliseconds after) { (void)after; }
  // All frames of one message were given to the functions above.
  virtual void batch_done() {}
  // Nothing is called after it.
  virtual void closed(const closing& why) = 0;

 protected:
  ~events() = default;
};

struct login {
  std::string token;
  std::string user_agent = "roomlog-client";
};

// One thread. Destroying it closes in the background, without a further call to `to_tell`.
class connection {
 public:
  connection(boost::asio::io_context& io, const target& to, login as, events& to_tell);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // One JSON object. What is given in one turn of the loop, or while a write is under way, goes out
  // in one message. Only when is_open().
  void send(std::string_view object);
  // Asks for a sign of life; heard() tells when it came.
  void ping() { send(R"({"type":"ping"})"); }
  bool is_open() const;
  // Cuts the connection; closed() follows.
  void abort(const std::string& why);
  // When it began to connect, or last had a message.
  std::chrono::steady_clock::time_point heard() const;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace roomlog::client
