// The contract suite of the log on Kafka: one real broker for all tests, a topic for each, and a
// proxy before the broker that stands for the disk which the suite holds and fails.
#include <librdkafka/rdkafka.h>

#include "tests/kafka/engine_rig.h"
#include "tests/log/contract.h"

namespace roomlog::testing {
namespace {

class kafka_engine_under_test final : public engine_under_test {
 public:
  explicit kafka_engine_under_test(std::size_t tail_bytes = std::size_t{1} << 20)
      : tail_bytes_(tail_bytes) {
    make_topic(proxy_.address(), topic_);
  }
  ~kafka_engine_under_test() override { proxy_.reset(); }

  // With one request on its way at a time, what waits behind a held one has not left the process.
  result<std::unique_ptr<log>> open(const settings& with) override {
    kafka_log_options options;
    options.connection.brokers = proxy_.address();
    options.connection.properties = {{"max.in.flight.requests.per.connection", "1"}};
    options.topic = topic_;
    options.allow_unsafe_topic = true;  // one broker
    options.append_queue_bytes_max = with.append_queue_bytes_max;
    options.tail_bytes_per_partition = tail_bytes_;
    return open_kafka_log(options, {with.partitions, with.epoch}, codec_, clock_);
  }
  void hold_writes() override { proxy_.hold_produce(); }
  bool wait_until_held() override { return proxy_.wait_until_held(); }
  void release_writes() override { proxy_.release_produce(); }
  void fail_writes() override { proxy_.fail_produce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED); }
  append_times times() const override { return append_times::of_storage; }

 private:
  broker_proxy& proxy_ = broker_behind_proxy::shared().proxy;
  const std::string topic_ = unique_name("contract");
  const std::size_t tail_bytes_;
  const fake_identity_codec codec_;
  const system_clock_source clock_;
};

template <std::size_t TailBytes>
std::unique_ptr<engine_under_test> make_engine() {
  return std::make_unique<kafka_engine_under_test>(TailBytes);
}

INSTANTIATE_TEST_SUITE_P(
    engines, log_contract,
    ::testing::Values(named_engine{"kafka", make_engine<std::size_t{1} << 20>},
                      // Keeps next to nothing in memory, so that reads come from the broker.
                      named_engine{"kafka_without_tail", make_engine<0>}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace roomlog::testing
