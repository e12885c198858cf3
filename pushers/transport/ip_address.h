// Internet addresses and ranges of them as values. An IPv4 address is the same whether it comes
// over an IPv4 or an IPv6 socket. Pure.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr_storage;

namespace roomlog {

class ip_address {
 public:
  ip_address() = default;  // ::
  // "192.0.2.1", "2001:db8::1"; no port, brackets or zone.
  static std::optional<ip_address> parse(std::string_view text);
  static ip_address of(const sockaddr_storage& socket_address);

  bool is_v4() const;
  // What counts as one client: an IPv4 address itself, of an IPv6 address its network (/64), since
  // one host may use all addresses of it.
  ip_address network() const;
  std::string text() const;
  // 16 bytes; IPv4 as ::ffff:a.b.c.d.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

  auto operator<=>(const ip_address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// "10.0.0.0/8", "2001:db8::/32", or one address. Bits beyond the prefix do not matter.
class ip_range {
 public:
  static std::optional<ip_range> parse(std::string_view text);
  bool contains(const ip_address& one) const;

 private:
  ip_address base_;
  unsigned bits_ = 128;  // of 128, also for IPv4
};

}  // namespace roomlog
