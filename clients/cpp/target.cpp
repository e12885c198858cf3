#include "clients/cpp/target.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace roomlog::client {

result<target> parse_target(std::string_view text) {
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  const std::string named = "the URL \"" + std::string(text) + "\"";
  if (!url) return error{errc::invalid, named + " is not valid: " + url.error().message()};
  if (url->scheme() != "ws") return error{errc::invalid, named + " must begin with ws://"};
  if (url->host().empty()) return error{errc::invalid, named + " does not name a host"};
  if (url->has_port() && url->port_number() == 0) {
    return error{errc::invalid, named + " does not have a valid port"};
  }
  target out;
  out.host = url->host_address();
  out.port = url->has_port() ? std::string(url->port()) : "80";
  out.path = std::string(url->encoded_target());
  if (out.path.empty() || out.path == "/") out.path = "/v1/ws";
  return out;
}

}  // namespace roomlog::client
