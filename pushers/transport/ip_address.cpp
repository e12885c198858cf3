#include "pushers/transport/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

namespace roomlog {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_prefix_bits = 96;
constexpr std::size_t network_bytes = 8;

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  const std::string terminated(text);
  ip_address made;
  if (::inet_pton(AF_INET6, terminated.c_str(), made.bytes_.data()) == 1) return made;
  std::ranges::copy(v4_prefix, made.bytes_.begin());
  if (::inet_pton(AF_INET, terminated.c_str(), &made.bytes_[v4_prefix.size()]) == 1) return made;
  return std::nullopt;
}

ip_address ip_address::of(const sockaddr_storage& socket_address) {
  ip_address made;
  if (socket_address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &socket_address, sizeof v6);
    std::memcpy(made.bytes_.data(), &v6.sin6_addr, made.bytes_.size());
  } else if (socket_address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &socket_address, sizeof v4);
    std::ranges::copy(v4_prefix, made.bytes_.begin());
    std::memcpy(&made.bytes_[v4_prefix.size()], &v4.sin_addr, sizeof v4.sin_addr);
  }
  return made;
}

bool ip_address::is_v4() const {
  return std::ranges::equal(v4_prefix, std::span(bytes_).first<v4_prefix.size()>());
}

ip_address ip_address::network() const {
  if (is_v4()) return *this;
  ip_address made = *this;
  std::fill(made.bytes_.begin() + network_bytes, made.bytes_.end(), std::uint8_t{0});
  return made;
}

std::string ip_address::text() const {
  char out[INET6_ADDRSTRLEN] = "";
  if (is_v4())
    (void)::inet_ntop(AF_INET, &bytes_[v4_prefix.size()], out, sizeof out);
  else
    (void)::inet_ntop(AF_INET6, bytes_.data(), out, sizeof out);
  return out;
}

std::optional<ip_range> ip_range::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = ip_address::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  ip_range made;
  made.base_ = *base;
  if (slash == std::string_view::npos) return made;
  const auto bits = text.substr(slash + 1);
  const unsigned most = base->is_v4() ? 32 : 128;
  unsigned given = 0;
  const auto [end, failed] = std::from_chars(bits.data(), bits.data() + bits.size(), given);
  if (failed != std::errc() || end != bits.data() + bits.size() || given > most)
    return std::nullopt;
  made.bits_ = base->is_v4() ? v4_prefix_bits + given : given;
  return made;
}

bool ip_range::contains(const ip_address& one) const {
  const std::size_t whole = bits_ / 8;
  const auto& a = base_.bytes();
  const auto& b = one.bytes();
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
    return false;
  const unsigned rest = bits_ % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

}  // namespace roomlog
