#include "log/local_signal_bus.h"

#include <future>

#include "tests/log/signal_bus_contract.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

class local_bus final : public bus_under_test {
 public:
  std::unique_ptr<signal_bus> open() override {
    local_signal_options options;
    options.partitions = 2;
    return std::make_unique<local_signal_bus>(options);
  }
  // A subscriber that does not come back.
  void stall(signal_bus& bus) override {
    stalling_ = bus.subscribe([this, released = release_.get_future().share()](auto) {
      if (!std::exchange(told_, true)) reached_.set_value();
      released.wait();
    });
    ASSERT_TRUE(bus.publish({p0, "room", "held"}));
    reached_.get_future().wait();
  }
  void go_on() override { release_.set_value(); }

 private:
  std::promise<void> reached_, release_;
  bool told_ = false;  // of the bus's thread
  std::unique_ptr<signal_subscription> stalling_;
};

INSTANTIATE_TEST_SUITE_P(buses, signal_bus_contract,
                         ::testing::Values(named_bus{"local",
                                                     [] { return std::make_unique<local_bus>(); }}),
                         [](const auto& info) { return info.param.name; });

TEST(local_signal_bus, gives_out_by_hand_what_has_come_together) {
  local_signal_options options;
  options.delivers = local_signal_options::delivery::by_hand;
  local_signal_bus bus(options);
  std::vector<std::size_t> calls;
  const auto subscribed = bus.subscribe([&](auto signals) { calls.push_back(signals.size()); });
  EXPECT_FALSE(bus.deliver());
  ASSERT_TRUE(bus.publish({p0, "room", "a"}));
  ASSERT_TRUE(bus.publish({p0, "room", "b"}));
  EXPECT_TRUE(calls.empty());
  EXPECT_TRUE(bus.deliver());
  EXPECT_EQ(calls, std::vector<std::size_t>{2});
  ASSERT_TRUE(bus.publish({p0, "room", "dropped"}));
  bus.close();
  EXPECT_FALSE(bus.deliver());
}

TEST(local_signal_bus, holds_exactly_as_many_bytes_as_it_may) {
  local_signal_options options;
  options.delivers = local_signal_options::delivery::by_hand;
  options.queue_bytes_max = 10 + sizeof(bus_signal);
  local_signal_bus bus(options);
  EXPECT_TRUE(bus.publish({p0, "room", "123456"}));
  EXPECT_EQ(bus.publish({p0, "", ""}).error().code, errc::full);
  EXPECT_TRUE(bus.deliver());
  EXPECT_EQ(bus.publish({p0, "room", "1234567"}).error().code, errc::full);
  EXPECT_TRUE(bus.publish({p0, "", "1"}));
  EXPECT_EQ(bus.stats().shed, 2u);
}

}  // namespace
}  // namespace roomlog::testing
