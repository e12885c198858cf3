// A person at a running server: one connection with a token, who asks and is answered, and
// remembers what else came.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tests/app/running_server.h"
#include "tests/testing/ws_client.h"

namespace roomlog::testing {

class chat_client {
 public:
  // Connects; the hello is read, nothing else is done.
  explicit chat_client(const running_server& server, const ws_connect_options& with = {});
  // The same, and is let in as the token says.
  chat_client(const running_server& server, const std::string& token,
              const ws_connect_options& with = {});

  // Sends a command without waiting.
  void tell(const std::string& json) { socket_.send_text(json); }
  // Sends a command that has the id given and reads up to its answer.
  boost::json::object ask(const std::string& json, std::int64_t id);
  // The next object that fits; what came before it is kept.
  boost::json::object wait_for(const std::function<bool(const boost::json::object&)>& fits);
  boost::json::object wait_for_type(const std::string& type);
  // What came beside the answers, in order.
  const std::vector<boost::json::object>& others() const { return others_; }
  ws_client& socket() { return socket_; }

 private:
  ws_client socket_;
  std::vector<boost::json::object> others_;
};

// "" where the member is missing or no string.
std::string text_of(const boost::json::object& object, std::string_view name);
std::int64_t number_of(const boost::json::object& object, std::string_view name);

// By `roomlog token` with the data directory's key.
std::string token_for(const std::filesystem::path& data, const std::string& user,
                      std::vector<std::string> more = {});

}  // namespace roomlog::testing
