// A server that says what a test tells it to, on a port of its own choice.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/cpp/target.h"

namespace roomlog::testing {

// One accepted connection, in the peer's thread; blocking. What fails because the client has gone
// does nothing.
class peer_line {
 public:
  virtual std::string header(const std::string& name) const = 0;  // of the client's upgrade
  virtual void say(const std::string& message) = 0;
  void let_in() { say("{\"type\":\"hello\",\"epoch\":\"e\"}\n{\"type\":\"authenticated\"}"); }
  virtual std::string hear() = 0;  // the next message; empty at the end of the connection
  virtual void close(unsigned code, const std::string& reason) = 0;
  virtual void cut() = 0;                   // without a close
  virtual unsigned close_code() const = 0;  // of the client, once hear() was empty; 0: none

 protected:
  ~peer_line() = default;
};

// Serves one connection, then refuses others. One thread.
class scripted_peer {
 public:
  explicit scripted_peer(std::function<void(peer_line&)> serve);
  ~scripted_peer();  // waits for the script's end
  client::target target() const;
  void join();  // the same, earlier

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace roomlog::testing
