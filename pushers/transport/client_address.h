// Which address a request comes from when proxies stand between. Pure.
//
//   client ──► proxy 1 ──► proxy 2 ──► here        X-Forwarded-For: what the client claims,
//   (last hop that               (the peer,                          client, proxy 1
//    is not trusted)              trusted)
#pragma once

#include <string_view>
#include <vector>

#include "pushers/transport/ip_address.h"

namespace roomlog {

// The fields are whole lists (RFC 9110 §5.3): X-Forwarded-For, or Forwarded (RFC 7239).
struct forwarding {
  std::string_view x_forwarded_for;
  std::string_view forwarded;
};

bool is_within(const ip_address& one, const std::vector<ip_range>& ranges);

// The last hop that is not trusted; the lists are read from their end, and only while the hop that
// wrote an entry is trusted. Where an entry is no address, that hop itself counts. Where both lists
// are there and name different clients, the peer counts: a proxy writes one of them, and its client
// may have written the other.
ip_address client_address_of(const ip_address& peer, const forwarding& said,
                             const std::vector<ip_range>& trusted);

}  // namespace roomlog
