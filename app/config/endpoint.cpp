#include "app/config/endpoint.h"

#include <charconv>

#include "pushers/transport/ip_address.h"

namespace roomlog {
namespace {

error invalid() {
  return {errc::invalid, "must be HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080"};
}

}  // namespace

result<endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return invalid();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) return invalid();
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return invalid();
  }
  endpoint out{std::string(host), 0};
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (port.empty() || failed != std::errc{} || end != port.data() + port.size()) return invalid();
  return out;
}

endpoint reachable(const endpoint& where) {
  const auto address = ip_address::parse(where.host);
  if (where.host == "*" || (address && *address == ip_address::parse("0.0.0.0"))) {
    return {"127.0.0.1", where.port};
  }
  if (address && *address == ip_address()) return {"::1", where.port};
  return where;
}

std::string to_string(const endpoint& where) {
  const bool ipv6 = where.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

}  // namespace roomlog
