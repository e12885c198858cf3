// How much may be in flight, and of which partition, until a gateway is overloaded.
#include "ingress/pending_set.h"
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog {
namespace {

using namespace std::chrono_literals;
using namespace roomlog::test;

TEST_F(pipeline, is_overloaded_when_more_than_half_of_the_bytes_in_flight_are) {
  begin_with_room({});
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(0), "ann"));
  const std::size_t one = gw().in().stats().in_flight_bytes;
  ASSERT_GT(one, 0u);
  world_->events().release();
  (void)gw().wait_answers(2);

  ingress_options options;
  options.in_flight_bytes_max = 2 * one;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(0), "ann"));
  EXPECT_FALSE(world_->send(message(1), "ann"));  // half is in flight, and not more
  EXPECT_EQ(refused(message(2)).code, error_code::overloaded);
  world_->events().release();
  (void)gw().wait_answers(3);
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
}

TEST_F(pipeline, whoever_waits_for_a_command_in_flight_counts_in_the_bytes) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(0), "ann"));
  const std::size_t one = gw().in().stats().in_flight_bytes;
  for (std::uint64_t other = 2; other < 102; ++other) {
    EXPECT_FALSE(world_->send(message(0), "ann", other));
  }
  const std::size_t all = gw().in().stats().in_flight_bytes;
  EXPECT_GE(all - one, 100 * sizeof(command_waiter));
  EXPECT_EQ(gw().in().stats().in_flight, 1u);
  world_->events().release();
  (void)gw().wait_answers(102);  // with that of the creation
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
}

TEST_F(pipeline, is_overloaded_when_more_than_half_of_what_may_be_in_flight_is) {
  ingress_options options;
  options.in_flight_max = 4;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(world_->send(message(i), "ann"));
  const auto over = refused(message(3));
  EXPECT_EQ(over.code, error_code::overloaded);
  EXPECT_TRUE(over.retry_after_ms);
  EXPECT_FALSE(world_->send(message(1), "ann", 2));  // a retry adds nothing
  world_->events().release();
  (void)gw().wait_answers(5);  // with that of the creation
  EXPECT_EQ(gw().in().stats().in_flight, 0u);
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
  EXPECT_EQ(kind_of(ask(message(3))), "ack");
}

// Rooms of two partitions, of which the first one's appends are held back.
class half_held_pipeline : public pipeline {
 protected:
  void begin_with_rooms(const ingress_options& options, world_options with) {
    with.partitions = 2;
    begin(options, with);
    for (const auto& room : {held, free}) {
      ASSERT_EQ(
          kind_of(ask(R"({"type":"create","room":")" + room + R"(","id":")" + room + R"("})")),
          "ack");
    }
    world_->wait_folded();
    world_->events().set_fate([this](const auto& entries) {
      return entries[0].key == "default/" + held ? append_fate::hold : append_fate::pass;
    });
  }
  std::string to(const std::string& room, int n) {
    const auto id = std::to_string(n);
    return R"({"type":"send","id":)" + id + R"(,"room":")" + room + R"(","cid":"c)" + id +
           R"(","text":"some text"})";
  }
  // Sends to the held room until it is refused; how many were taken.
  int fill_held() {
    for (int n = 0; n < 10'000; ++n) {
      const auto refused = world_->send(to(held, n), "ann");
      if (!refused) continue;
      EXPECT_EQ(kind_of(*refused), "overloaded");
      return n;
    }
    ADD_FAILURE() << "never overloaded";
    return 0;
  }
  void expect_the_other_partition_goes_on() {
    for (int n = 20'000; n < 20'100; ++n) {
      ASSERT_EQ(kind_of(ask(to(free, n))), "ack") << n;
    }
    EXPECT_EQ(kind_of(world_->send(to(held, 30'000), "ann").value()), "overloaded");
  }
  void expect_all_answered(int taken) {
    world_->events().release();
    (void)gw().wait_answers(static_cast<std::size_t>(taken) + 102);
    EXPECT_EQ(gw().in().stats().in_flight, 0u);
    EXPECT_EQ(kind_of(ask(to(held, 40'000))), "ack");
  }

  const std::string held = room_in(0, 2), free = room_in(1, 2);
};

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_commands_to_others) {
  ingress_options options;
  options.in_flight_max = 64;
  options.user_per_second = options.user_per_minute = 0;
  begin_with_rooms(options, {});
  const int taken = fill_held();
  EXPECT_EQ(taken, 33);  // one more than half, as of every bound
  EXPECT_EQ(gw().in().stats().in_flight_of, (std::vector<std::size_t>{33, 0}));
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_bytes_to_others) {
  ingress_options options;
  options.in_flight_bytes_max = 20'000;
  options.user_per_second = options.user_per_minute = 0;
  begin_with_rooms(options, {});
  const int taken = fill_held();
  EXPECT_LE(gw().in().stats().in_flight_bytes, 12'500u);  // one more than half
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_queue_to_others) {
  ingress_options options;
  options.user_per_second = options.user_per_minute = 0;
  world_options with;
  with.append_queue_bytes_max = 20'000;
  begin_with_rooms(options, with);
  const int taken = fill_held();
  EXPECT_LE(world_->events().queued_bytes(), 12'500u);
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

// Each has as much as is free, so together they leave that to a third.
TEST_F(half_held_pipeline, both_partitions_together_may_have_two_thirds) {
  ingress_options options;
  options.in_flight_max = 60;
  options.user_per_second = options.user_per_minute = 0;
  begin_with_rooms(options, {});
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  int taken = 0;
  for (bool full = false; !full;) {
    full = true;
    for (const auto& room : {held, free}) {
      if (world_->send(to(room, taken), "ann")) continue;
      ++taken;
      full = false;
    }
  }
  EXPECT_GE(taken, 40);
  EXPECT_LE(taken, 42);
  world_->events().release();
  (void)gw().wait_answers(static_cast<std::size_t>(taken) + 2);
}

TEST_F(pipeline, a_full_log_is_overload_and_costs_no_rate) {
  ingress_options options;
  options.user_per_second = 1;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::refuse_full; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused(message(i)).code, error_code::overloaded);
  world_->events().set_fate(nullptr);
  EXPECT_EQ(kind_of(ask(message(0))), "ack");
}

}  // namespace
}  // namespace roomlog
