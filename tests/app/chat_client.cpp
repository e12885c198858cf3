#include "tests/app/chat_client.h"

#include "app/config/endpoint.h"

namespace roomlog::testing {
namespace {

std::uint16_t port_of(const running_server& server) {
  return parse_endpoint(std::string_view(server.http()).substr(sizeof "http://" - 1))->port;
}

}  // namespace

chat_client::chat_client(const running_server& server, const ws_connect_options& with)
    : socket_(port_of(server), with) {
  (void)wait_for_type("hello");  // what it says is not of interest here
}

chat_client::chat_client(const running_server& server, const std::string& token,
                         const ws_connect_options& with)
    : chat_client(server, with) {
  tell(R"({"type":"auth","token":")" + token + R"("})");
  (void)wait_for_type("authenticated");
}

boost::json::object chat_client::wait_for(
    const std::function<bool(const boost::json::object&)>& fits) {
  for (;;) {
    const auto text = socket_.next_object();
    if (!text) throw std::runtime_error("the connection ended");
    auto object = boost::json::parse(*text).as_object();
    if (fits(object)) return object;
    others_.push_back(std::move(object));
  }
}

boost::json::object chat_client::wait_for_type(const std::string& type) {
  return wait_for(
      [&](const boost::json::object& object) { return text_of(object, "type") == type; });
}

boost::json::object chat_client::ask(const std::string& json, std::int64_t id) {
  tell(json);
  return wait_for([&](const boost::json::object& object) { return number_of(object, "id") == id; });
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string().c_str()) : "";
}

std::int64_t number_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->as_int64() : -1;
}

std::string token_for(const std::filesystem::path& data, const std::string& user,
                      std::vector<std::string> more) {
  std::vector<std::string> words{"token", "--user", user, "--data", data.string()};
  words.insert(words.end(), more.begin(), more.end());
  auto made = run_roomlog(words);
  if (made.code != 0) throw std::runtime_error("no token: " + made.err);
  return made.out.substr(0, made.out.find('\n'));
}

}  // namespace roomlog::testing
