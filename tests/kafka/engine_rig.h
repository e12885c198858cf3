// What the tests of the Kafka engine share: a topic of their own on some brokers, and logs on it.
#pragma once

#include <memory>
#include <string>

#include "log/kafka/kafka_log.h"
#include "tests/kafka/broker_proxy.h"
#include "tests/kafka/kafka_cluster.h"
#include "tests/kafka/test_topic.h"
#include "tests/log/fake_identity_codec.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {

// One broker behind a proxy; one at a time lives in a process.
struct broker_behind_proxy {
  broker_proxy proxy;
  kafka_cluster cluster{{.advertise = {{1, proxy.address()}}}};

  broker_behind_proxy() { proxy.set_broker(cluster.address(1)); }
  // Everything open at first.
  static broker_behind_proxy& shared();
};

class engine_rig {
 public:
  explicit engine_rig(std::string bootstrap, const topic_settings& with = {.partitions = 2});

  roomlog::result<std::unique_ptr<roomlog::log>> try_open(const std::string& epoch = "e1") {
    return roomlog::open_kafka_log(options, {std::nullopt, epoch}, codec_, clock_);
  }
  std::unique_ptr<roomlog::log> open() { return try_open().value(); }

  const std::string bootstrap, topic;
  roomlog::kafka_log_options options;

 private:
  const fake_identity_codec codec_;
  const roomlog::system_clock_source clock_;
};

}  // namespace roomlog::testing
