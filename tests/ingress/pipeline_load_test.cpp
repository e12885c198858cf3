// How much may be in flight, and of which partition, until a gateway is overloaded.
#include "ingress/pending_set.h"
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// Of users who have one command in flight each.
class crowded_pipeline : public pipeline {
 protected:
  // A room of each one's own.
  static std::string creation(int n) {
    const auto name = std::to_string(n);
    return R"({"type":"create","id":)" + name + R"(,"room":"of-)" + name + R"("})";
  }
  std::optional<command_outcome> create(int n) {
    return world_->send(creation(n), ("user" + std::to_string(100 + n)).c_str(),
                        static_cast<std::uint64_t>(100 + n));
  }
};

TEST_F(crowded_pipeline, is_overloaded_when_more_than_half_of_the_bytes_in_flight_are) {
  begin();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(create(0));
  const std::size_t one = gw().in().stats().in_flight_bytes;
  ASSERT_GT(one, 0u);
  world_->events().release();
  (void)gw().wait_answers(1);

  ingress_options options;
  options.in_flight_bytes_max = 2 * one;
  begin(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(create(0));
  EXPECT_FALSE(create(1));  // half is in flight, and not more
  const auto over = create(2);
  ASSERT_TRUE(over);
  EXPECT_EQ(kind_of(*over), "overloaded");
  world_->events().release();
  (void)gw().wait_answers(2);
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

TEST_F(crowded_pipeline, is_overloaded_when_more_than_half_of_what_may_be_in_flight_is) {
  ingress_options options;
  options.in_flight_max = 4;
  begin(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(create(i));
  const auto over = create(3);
  ASSERT_TRUE(over);
  EXPECT_EQ(kind_of(*over), "overloaded");
  EXPECT_TRUE(std::get<client_error>(*over).retry_after_ms);
  world_->events().release();
  (void)gw().wait_answers(3);
  EXPECT_EQ(gw().in().stats().in_flight, 0u);
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
  ASSERT_FALSE(create(3));
  EXPECT_EQ(kind_of(gw().wait_answer("3")), "ack");
}

TEST_F(pipeline, a_retry_of_what_is_in_flight_adds_nothing_and_is_never_overload) {
  ingress_options options;
  options.in_flight_max = 4;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(world_->send(message(i), "ann"));
  EXPECT_EQ(refused(message(3)).code, error_code::overloaded);
  EXPECT_FALSE(world_->send(message(1), "ann", 2));
  EXPECT_EQ(gw().in().stats().in_flight, 2u);
  world_->events().release();
  (void)gw().wait_answers(4);  // with that of the creation
}

// Rooms of two partitions, of which the first one's appends are held back.
class half_held_pipeline : public pipeline {
 protected:
  void begin_with_rooms(const ingress_options& options, world_options with) {
    with.partitions = 2;
    begin(options, with);
    for (const auto& room : {held, free}) {
      ASSERT_EQ(kind_of(ask(R"({"type":"create","room":")" + room + R"(","id":")" + room +
                            R"(","members":)" + everybody() + "}")),
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
  static std::string member(int n) { return "user" + std::to_string(n % 100); }
  static std::string everybody() {
    std::string out = "[";
    for (int n = 0; n < 100; ++n) out += (n == 0 ? "\"" : ",\"") + member(n) + "\"";
    return out + "]";
  }
  // Sends to the held room until it is refused, one after the other; how many were taken.
  int fill_held() {
    for (int n = 0; n < 10'000; ++n) {
      const auto refused = world_->send(to(held, n), member(n).c_str());
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
  lift_user_limits(options);
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
  lift_user_limits(options);
  begin_with_rooms(options, {});
  const int taken = fill_held();
  EXPECT_LE(gw().in().stats().in_flight_bytes, 12'500u);  // one more than half
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_queue_to_others) {
  ingress_options options;
  lift_user_limits(options);
  world_options with;
  with.append_queue_bytes_max = 20'000;
  begin_with_rooms(options, with);
  const int taken = fill_held();
  EXPECT_LE(world_->events().load(partition_id{0}).bytes, 12'500u);
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

// Each has as much as is free, so together they leave that to a third.
TEST_F(half_held_pipeline, both_partitions_together_may_have_two_thirds) {
  ingress_options options;
  options.in_flight_max = 60;
  lift_user_limits(options);
  begin_with_rooms(options, {});
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  int taken = 0;
  for (bool full = false; !full;) {
    full = true;
    for (const auto& room : {held, free}) {
      if (world_->send(to(room, taken), member(taken).c_str())) continue;
      ++taken;
      full = false;
    }
  }
  EXPECT_GE(taken, 40);
  EXPECT_LE(taken, 42);
  world_->events().release();
  (void)gw().wait_answers(static_cast<std::size_t>(taken) + 2);
}

TEST_F(half_held_pipeline, of_two_partitions_a_user_has_one_share) {
  ingress_options options;
  options.in_flight_max = 60;
  lift_user_limits(options);
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
  EXPECT_LE(taken, 25) << "its own, half of them again in a partition, and all: 60 at most";
  EXPECT_GE(taken, 24);
  for (const auto& room : {held, free}) {
    EXPECT_FALSE(world_->send(to(room, 500), "user1")) << "another user goes on";
  }
  world_->events().release();
  (void)gw().wait_answers(static_cast<std::size_t>(taken) + 4);
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
}  // namespace roomlog::testing
