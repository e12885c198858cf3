#include "tests/log/signal_bus_contract.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

// What one subscriber has heard.
class listener {
 public:
  explicit listener(signal_bus& bus) {
    subscription_ = bus.subscribe([this](std::span<const bus_signal> signals) {
      const std::lock_guard lock(mutex_);
      heard_.insert(heard_.end(), signals.begin(), signals.end());
    });
  }
  void leave() { subscription_.reset(); }
  std::vector<bus_signal> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  std::vector<std::string> values(partition_id of) const {
    std::vector<std::string> out;
    for (const auto& one : heard()) {
      if (one.partition == of) out.push_back(one.value);
    }
    return out;
  }
  bool has_heard(std::size_t count) const {
    return eventually([&] { return heard().size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<bus_signal> heard_;
  std::unique_ptr<signal_subscription> subscription_;
};

}  // namespace

TEST_P(signal_bus_contract, every_subscriber_hears_what_was_published) {
  listener one(bus()), other(bus());
  const std::string binary("\0\xff\n\x80", 4);
  ASSERT_TRUE(bus().publish({p1, "tenant/room", binary}));
  ASSERT_TRUE(bus().publish({p0, "", ""}));
  for (const auto* who : {&one, &other}) {
    ASSERT_TRUE(who->has_heard(2));
    EXPECT_EQ(who->values(p1), std::vector{binary});
    EXPECT_EQ(who->values(p0), std::vector{std::string()});
    for (const auto& heard : who->heard()) {
      EXPECT_EQ(heard.key, heard.partition == p1 ? "tenant/room" : "");
    }
  }
  EXPECT_EQ(bus().stats().published, 2u);
  EXPECT_EQ(bus().stats().delivered, 2u);
}

TEST_P(signal_bus_contract, signals_of_one_partition_keep_their_order) {
  listener one(bus());
  std::vector<std::string> sent;
  for (int i = 0; i < 500; ++i) {
    sent.push_back(std::to_string(i));
    ASSERT_TRUE(bus().publish({p0, "room", sent.back()}));
    ASSERT_TRUE(bus().publish({p1, "other", sent.back()}));
  }
  ASSERT_TRUE(one.has_heard(1000));
  EXPECT_EQ(one.values(p0), sent);
  EXPECT_EQ(one.values(p1), sent);
}

TEST_P(signal_bus_contract, several_threads_publish_at_once) {
  listener one(bus());
  std::vector<std::thread> publishers;
  for (int t = 0; t < 4; ++t) {
    publishers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) EXPECT_TRUE(bus().publish({p0, "room", "x"}));
    });
  }
  for (auto& publisher : publishers) publisher.join();
  EXPECT_TRUE(one.has_heard(400));
}

TEST_P(signal_bus_contract, nothing_is_kept_for_who_comes_later) {
  listener first(bus());
  ASSERT_TRUE(bus().publish({p0, "room", "before"}));
  ASSERT_TRUE(first.has_heard(1)) << "those who hear it are chosen by then";
  listener late(bus());
  ASSERT_TRUE(bus().publish({p0, "room", "after"}));
  ASSERT_TRUE(late.has_heard(1));
  EXPECT_EQ(late.values(p0), std::vector<std::string>{"after"});
}

TEST_P(signal_bus_contract, a_subscriber_that_is_gone_hears_nothing) {
  listener leaving(bus()), staying(bus());
  ASSERT_TRUE(bus().publish({p0, "room", "a"}));
  ASSERT_TRUE(leaving.has_heard(1));
  leaving.leave();
  ASSERT_TRUE(bus().publish({p0, "room", "b"}));
  ASSERT_TRUE(staying.has_heard(2));
  EXPECT_EQ(leaving.heard().size(), 1u);
}

TEST_P(signal_bus_contract, what_no_bus_takes_is_refused) {
  listener one(bus());
  EXPECT_EQ(bus().publish({partition_id{2}, "room", "x"}).error().code, errc::invalid);
  const std::string largest(signal_bytes_max - 4, 'x');
  EXPECT_EQ(bus().publish({p0, "room", largest + "x"}).error().code, errc::invalid);
  EXPECT_EQ(bus().stats().published, 0u);
  ASSERT_TRUE(bus().publish({p0, "room", largest}));
  ASSERT_TRUE(one.has_heard(1));
  EXPECT_EQ(one.values(p0), std::vector{largest});
}

// Signals are the first to be shed: a publisher never waits, and what is shed is counted.
TEST_P(signal_bus_contract, a_full_queue_sheds_and_counts_and_takes_again) {
  listener one(bus());
  world_->stall(bus());
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t taken = 0, shed = 0;
  for (int i = 0; i < 300; ++i) {
    const auto published = bus().publish({p0, "room", std::string(60'000, 'x')});
    taken += published ? 1 : 0;
    if (published) continue;
    ++shed;
    EXPECT_EQ(published.error().code, errc::full);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  EXPECT_GT(shed, 0u);
  EXPECT_LE(taken * 60'000, (std::size_t{5} << 20)) << "about 4 MiB wait";
  EXPECT_GE(taken * 60'000, (std::size_t{3} << 20));
  EXPECT_EQ(bus().stats().shed, shed);
  world_->go_on();
  EXPECT_TRUE(eventually([&] { return bool(bus().publish({p0, "room", "again"})); }));
  EXPECT_TRUE(eventually([&] {
    const auto values = one.values(p0);
    return !values.empty() && values.back() == "again";
  }));
}

TEST_P(signal_bus_contract, after_a_close_nothing_is_taken_or_heard) {
  listener one(bus());
  ASSERT_TRUE(bus().publish({p0, "room", "before"}));
  ASSERT_TRUE(one.has_heard(1));
  bus().close();
  const auto late = bus().publish({p0, "room", "late"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::closed);
  EXPECT_EQ(one.heard().size(), 1u);
  bus().close();
}

}  // namespace roomlog::testing
