// The signal bus on Kafka: a topic that keeps records for a while only, written with acks=1 and read
// from its end.
//
//   publish ─► librdkafka's queue (4 MiB) ─► broker ─► fetch ─► kafka-signals ─► subscribers
//                    └ not taken within 2 s: lost, and counted
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "log/kafka/kafka_options.h"
#include "log/signal_bus.h"

namespace roomlog {

struct kafka_signal_options {
  kafka_connection connection;
  std::string topic = "roomlog.signals";
  std::uint32_t partitions = 1;  // those of the log; the topic has as many
  // How long the opening waits for the brokers.
  std::chrono::milliseconds open_wait{10'000};
};

// What is published after it returns, here or elsewhere, reaches the subscribers; of partitions whose
// end no leader told within open_wait, what is published once one has. Blocks for open_wait at most.
//   errc::unavailable  no broker answers
//   errc::not_found    no such topic
//   errc::mismatch     the topic has another number of partitions
//   errc::invalid      a protected property, one that librdkafka refuses
result<std::unique_ptr<signal_bus>> open_kafka_signal_bus(const kafka_signal_options& options);

}  // namespace roomlog
