#include "pushers/client_server_stats.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace roomlog {

client_server_stats& client_server_stats::operator+=(const client_server_stats& other) {
  // Nothing but counters of one type, so the sum goes over them as an array.
  using counters = std::array<std::uint64_t, sizeof(client_server_stats) / sizeof(std::uint64_t)>;
  auto sum = std::bit_cast<counters>(*this);
  const auto more = std::bit_cast<counters>(other);
  std::ranges::transform(sum, more, sum.begin(), std::plus<>());
  *this = std::bit_cast<client_server_stats>(sum);
  return *this;
}

}  // namespace roomlog
