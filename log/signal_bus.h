// The signal bus: what processes tell each other now and nothing keeps (typing, presence). It knows
// nothing of chat: a signal is bytes, with the room as its key and the room's partition.
//
//   publish ─► queue (bound in bytes) ─► every subscriber of every process, also of this one
//                  └ full: shed, and counted
//
// A signal may be lost, and arrives twice only if a broker's answer was lost; those of one process
// and partition arrive in their order. A subscriber hears what is published from then on. Two
// implementations stand behind this interface (in this process, and on Kafka) and one contract suite
// runs on both (tests/log/signal_bus_contract.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "log/base/result.h"
#include "log/base/types.h"

namespace roomlog {

struct bus_signal {
  partition_id partition;
  std::string key;
  std::string value;
};

// Totals since the bus was opened.
struct signal_bus_stats {
  std::uint64_t published = 0;  // taken by publish()
  std::uint64_t shed = 0;       // refused by publish(), as the queue was full
  std::uint64_t lost = 0;       // taken, and brokers did not take them in time
  std::uint64_t delivered = 0;  // given to the subscribers of this process
};

// No call follows once it is destroyed. Must not be destroyed from within its own call.
class signal_subscription {
 public:
  virtual ~signal_subscription() = default;
};

// All functions may be called from any thread. The owner calls close() and then destroys it, after
// everyone who publishes has stopped.
class signal_bus {
 public:
  virtual ~signal_bus() = default;

  // Returns at once.
  //   errc::full     the queue is full: the signal is shed
  //   errc::invalid  no such partition, or larger than signal_bytes_max
  //   errc::closed   close() was called
  virtual result<> publish(bus_signal what) = 0;

  // What has come together is given out together, on a thread of the bus; must not block.
  using handler = std::function<void(std::span<const bus_signal>)>;
  virtual std::unique_ptr<signal_subscription> subscribe(handler on_signals) = 0;

  virtual signal_bus_stats stats() const = 0;

  // Nothing is published or delivered any more; what waits is dropped. Idempotent.
  virtual void close() = 0;
};

// Key and value of one signal.
constexpr std::size_t signal_bytes_max = std::size_t{64} << 10;

// What every bus refuses: errc::invalid.
result<> check_signal(const bus_signal& what, std::uint32_t partitions);

}  // namespace roomlog
