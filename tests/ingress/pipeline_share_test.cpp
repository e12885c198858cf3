// What one user may have of what all share, without any budget: another one always goes on.
#include "ingress/pending_set.h"
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// Nothing that is appended comes back until it is let go.
class shared_pipeline : public pipeline {
 protected:
  void begin_held(ingress_options options, world_options with = {}) {
    lift_user_limits(options);
    begin(options, with);
    ASSERT_EQ(kind_of(ask(R"({"type":"create","id":"room","room":"r","members":["bob","eve"]})")),
              "ack");
    world_->wait_folded();
    world_->events().set_fate([](const auto&) { return append_fate::hold; });
  }
  // A creation with a hundred long names, as large as a command can be without content.
  static std::string large(int n) {
    std::string members;
    for (int m = 0; m < 100; ++m) {
      const std::string name = std::to_string(m) + std::string(250, 'x');
      members += (m == 0 ? "\"" : ",\"") + name + "\"";
    }
    const auto id = std::to_string(n);
    return R"({"type":"create","id":)" + id + R"(,"room":"large-)" + id + R"(","members":[)" +
           members + "]}";
  }
  // As much as ann may have, over eight connections; how many were taken.
  int fill(const std::function<std::string(int)>& command) {
    for (int n = 0; n < 50'000; ++n) {
      const auto refused = world_->send(command(n), "ann", 10 + static_cast<std::uint64_t>(n % 8));
      if (!refused) continue;
      EXPECT_EQ(kind_of(*refused), "overloaded");
      return n;
    }
    ADD_FAILURE() << "never overloaded";
    return 0;
  }
  void expect_bob_goes_on() {
    for (int n = 0; n < 12; ++n) {
      EXPECT_FALSE(world_->send(message(60'000 + n), "bob", 2)) << n;
    }
    EXPECT_EQ(kind_of(world_->send(message(70'000), "ann", 3).value()), "overloaded");
  }
  void let_go() {
    world_->events().release();
    EXPECT_TRUE(eventually([&] { return gw().in().stats().in_flight == 0; }));
    EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
    EXPECT_EQ(gw().in().stats().most_of_a_user, 0u);
    EXPECT_EQ(gw().in().stats().most_bytes_of_a_user, 0u);
    EXPECT_EQ(kind_of(ask(message(80'000), "ann", 4)), "ack") << "what was let go is free again";
  }
};

TEST_F(shared_pipeline, one_user_has_a_third_of_the_commands_in_flight_and_one_more) {
  ingress_options options;
  options.in_flight_max = 300;
  begin_held(options);
  EXPECT_EQ(fill([&](int n) { return message(n); }), 101);
  EXPECT_EQ(gw().in().stats().most_of_a_user, 101u);
  expect_bob_goes_on();
  let_go();
}

TEST_F(shared_pipeline, one_user_has_a_third_of_the_bytes_in_flight_and_one_more) {
  ingress_options options;
  options.in_flight_bytes_max = std::size_t{4} << 20;
  begin_held(options);
  fill(large);
  const std::size_t most = gw().in().stats().most_bytes_of_a_user;
  EXPECT_GT(most, options.in_flight_bytes_max / 3);
  EXPECT_LT(most, options.in_flight_bytes_max / 3 + 40'000);
  expect_bob_goes_on();
  let_go();
}

// What the log queues counts for whoever has it appended, until it is written.
TEST_F(shared_pipeline, one_user_has_a_third_of_the_logs_queue_and_one_more) {
  world_options with;
  with.append_queue_bytes_max = std::size_t{2} << 20;
  begin_held({}, with);
  fill(large);
  EXPECT_LT(world_->events().load(partition_id{0}).bytes, with.append_queue_bytes_max / 3 + 40'000);
  EXPECT_GT(world_->events().load(partition_id{0}).bytes, with.append_queue_bytes_max / 3);
  expect_bob_goes_on();
  let_go();
}

TEST_F(shared_pipeline, several_users_who_take_all_they_can_leave_something_to_the_others) {
  ingress_options options;
  options.in_flight_max = 350;
  begin_held(options);
  std::size_t taken = 0;
  for (bool full = false; !full;) {
    full = true;
    for (const char* who : {"ann", "eve"}) {
      const int n = static_cast<int>(taken);
      if (world_->send(message(n), who, 10)) continue;
      ++taken;
      full = false;
    }
  }
  EXPECT_GE(taken, 140u) << "k users have k/(2k+1)";
  EXPECT_LE(taken, 142u);
  expect_bob_goes_on();
  let_go();
}

// What waits for a fence takes memory too.
TEST_F(shared_pipeline, what_waits_for_a_fence_counts_for_its_user) {
  ingress_options options;
  options.in_flight_max = 300;
  lift_user_limits(options);
  world_ = std::make_unique<world>();
  world_->add_gateway(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  world_->start();
  const auto create = [](int n) {
    return R"({"type":"create","room":"a","id":)" + std::to_string(n) + "}";
  };
  EXPECT_EQ(fill(create), 101);
  EXPECT_FALSE(world_->send(R"({"type":"create","room":"b","id":1})", "bob", 2));
}

TEST_F(shared_pipeline, who_waits_for_a_command_in_flight_counts_for_its_user) {
  ingress_options options;
  options.in_flight_bytes_max = 60'000;
  begin_held(options);
  EXPECT_FALSE(world_->send(message(1), "ann", 10));
  const std::size_t one = gw().in().stats().most_bytes_of_a_user;
  for (std::uint64_t other = 0; other < 500; ++other) {
    EXPECT_FALSE(world_->send(message(1), "ann", 100 + other)) << "it is neither refused nor again";
  }
  EXPECT_GE(gw().in().stats().most_bytes_of_a_user, one + 500 * sizeof(command_waiter));
  EXPECT_EQ(kind_of(world_->send(message(2), "ann", 10).value()), "overloaded");
  let_go();
}

// Refusals that wait for the fold.
TEST_F(shared_pipeline, late_refusals_count_for_their_user) {
  ingress_options options;
  options.in_flight_max = 30;
  options.prohibited_words = {"bad"};
  begin_held(options);
  world_->events().set_fate(nullptr);
  world_->pause_fold();
  EXPECT_FALSE(world_->send(message(1), "bob"));
  ASSERT_TRUE(eventually(
      [&] { return world_->fold().find_command("default/r", "bob", "c1").has_value(); }));
  get_ahead_of_fold(message(2), "bob");
  const auto bad = [](int n) {
    return R"({"type":"send","room":"r","text":"bad","cid":"b","id":)" + std::to_string(n) + "}";
  };
  int taken = 0;
  while (!world_->send(bad(taken), "zoe", 20 + static_cast<std::uint64_t>(taken))) ++taken;
  EXPECT_EQ(taken, 9) << "9 of hers, 11 of the partition and 11 of all are 31";
  EXPECT_EQ(gw().in().stats().most_of_a_user, static_cast<std::size_t>(taken));
  EXPECT_FALSE(world_->send(message(3), "bob", 2));
  world_->resume_fold();
  EXPECT_EQ(later_answer("0"), "unknown_room");
  EXPECT_TRUE(eventually([&] {
    gw().tick();
    return gw().in().stats().in_flight == 0;
  }));
  EXPECT_EQ(gw().in().stats().most_of_a_user, 0u);
}

}  // namespace
}  // namespace roomlog::testing
