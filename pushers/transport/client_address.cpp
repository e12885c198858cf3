#include "pushers/transport/client_address.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace roomlog {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1], [2001:db8::1]:80
std::optional<ip_address> address_of(std::string_view node) {
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return ip_address::parse(node.substr(1, end - 1));
  }
  const auto colon = node.find(':');
  const bool has_port = colon != std::string_view::npos && colon == node.rfind(':');
  return ip_address::parse(has_port ? node.substr(0, colon) : node);
}

bool is_for(std::string_view name) {
  constexpr std::string_view wanted = "for";
  return std::ranges::equal(name, wanted, [](unsigned char have, char want) {
    return static_cast<char>(std::tolower(have)) == want;
  });
}

// for=192.0.2.1;proto=http, For="[2001:db8::1]:80"
std::optional<ip_address> address_of_element(std::string_view element) {
  while (!element.empty()) {
    const auto pair = element.substr(0, element.find(';'));
    element.remove_prefix(std::min(pair.size() + 1, element.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || !is_for(trimmed(pair.substr(0, equals)))) continue;
    auto node = trimmed(pair.substr(equals + 1));
    if (node.size() >= 2 && node.front() == '"' && node.back() == '"')
      node = node.substr(1, node.size() - 2);
    return address_of(node);
  }
  return std::nullopt;
}

// From the end of the list, as long as whoever wrote the entry is trusted.
template <class Parse>
ip_address last_untrusted(const ip_address& peer, std::string_view list,
                          const std::vector<ip_range>& trusted, Parse parse) {
  ip_address hop = peer;
  while (!list.empty() && is_within(hop, trusted)) {
    const auto comma = list.rfind(',');
    const auto begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto named = parse(trimmed(list.substr(begin)));
    if (!named) return hop;
    hop = *named;
    list = list.substr(0, begin == 0 ? 0 : comma);
  }
  return hop;
}

}  // namespace

bool is_within(const ip_address& one, const std::vector<ip_range>& ranges) {
  return std::ranges::any_of(ranges, [&](const ip_range& range) { return range.contains(one); });
}

ip_address client_address_of(const ip_address& peer, const forwarding& said,
                             const std::vector<ip_range>& trusted) {
  const auto by_x = last_untrusted(peer, said.x_forwarded_for, trusted, address_of);
  const auto by_forwarded = last_untrusted(peer, said.forwarded, trusted, address_of_element);
  if (said.forwarded.empty()) return by_x;
  if (said.x_forwarded_for.empty()) return by_forwarded;
  return by_x == by_forwarded ? by_x : peer;
}

}  // namespace roomlog
