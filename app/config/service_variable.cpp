#include "app/config/service_variable.h"

#include <algorithm>
#include <array>

namespace roomlog {
namespace {

constexpr std::string_view service_prefix = "ROOMLOG";

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_url(std::string_view value) {
  constexpr std::array schemes{"tcp://", "udp://", "sctp://"};
  return std::ranges::any_of(schemes, [&](auto scheme) { return value.starts_with(scheme); });
}

// "80_TCP_ADDR", what follows X_PORT_.
bool is_port_detail(std::string_view rest) {
  const auto end = rest.find('_');
  if (end == rest.npos || !is_number(rest.substr(0, end))) return false;
  rest.remove_prefix(end + 1);
  const std::string_view protocol = rest.substr(0, rest.find('_'));
  if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP") return false;
  rest.remove_prefix(protocol.size());
  return rest.empty() || rest == "_PROTO" || rest == "_PORT" || rest == "_ADDR";
}

}  // namespace

bool is_service_variable(std::string_view name, std::string_view value) {
  if (!name.starts_with(service_prefix)) return false;
  name.remove_prefix(service_prefix.size());
  if (name.ends_with("_SERVICE_HOST")) return true;
  if (name.ends_with("_PORT") && is_url(value)) return true;
  constexpr std::string_view service_port = "_SERVICE_PORT";
  if (const auto at = name.find(service_port); at != name.npos && is_number(value)) {
    const std::string_view rest = name.substr(at + service_port.size());
    if (rest.empty() || rest.starts_with('_')) return true;
  }
  constexpr std::string_view port = "_PORT_";
  for (auto at = name.find(port); at != name.npos; at = name.find(port, at + 1)) {
    if (is_port_detail(name.substr(at + port.size()))) return true;
  }
  return false;
}

}  // namespace roomlog
