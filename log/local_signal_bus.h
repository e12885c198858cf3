// The signal bus of a process that is alone, and of the simulation.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "log/base/listeners.h"
#include "log/signal_bus.h"

namespace roomlog {

struct local_signal_options {
  std::uint32_t partitions = 1;
  // What may wait for the subscribers, in bytes of keys and values.
  std::size_t queue_bytes_max = std::size_t{4} << 20;
  // `thread`: one thread delivers. `by_hand`: deliver() does, on its caller's thread.
  enum class delivery { thread, by_hand };
  delivery delivers = delivery::thread;
};

class local_signal_bus final : public signal_bus {
 public:
  explicit local_signal_bus(const local_signal_options& options);
  ~local_signal_bus() override { close(); }

  result<> publish(bus_signal what) override;
  std::unique_ptr<signal_subscription> subscribe(handler on_signals) override;
  signal_bus_stats stats() const override;
  void close() override;

  // By hand: gives out what waits. False if nothing does.
  bool deliver();

 private:
  void run();

  const local_signal_options options_;
  listeners<signal_subscription, std::span<const bus_signal>> subscribers_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<bus_signal> waiting_;
  std::size_t waiting_bytes_ = 0;
  signal_bus_stats stats_;
  bool closed_ = false;
  std::mutex closing_;
  std::thread thread_;
};

}  // namespace roomlog
