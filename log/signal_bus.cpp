#include "log/signal_bus.h"

namespace roomlog {

result<> check_signal(const bus_signal& what, std::uint32_t partitions) {
  if (what.partition.value >= partitions) {
    return error{errc::invalid, "there is no partition " + std::to_string(what.partition.value)};
  }
  const std::size_t bytes = what.key.size() + what.value.size();
  if (bytes > signal_bytes_max) {
    return error{errc::invalid, "a signal of " + std::to_string(bytes) + " bytes is larger than " +
                                    std::to_string(signal_bytes_max)};
  }
  return {};
}

}  // namespace roomlog
