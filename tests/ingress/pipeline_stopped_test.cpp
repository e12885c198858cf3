// A partition whose fold has stopped, by a record that it must not skip: its rooms are unavailable,
// all others go on.
#include "schemas/records/codec.h"
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

constexpr partition_id sick{0};

class stopped_pipeline : public pipeline {
 protected:
  void begin_with_rooms() {
    world_options with;
    with.partitions = 2;
    ingress_options options;
    lift_user_limits(options);
    begin(options, with);
    for (const auto& room : {halted, healthy}) {
      ASSERT_EQ(
          kind_of(ask(R"({"type":"create","room":")" + room + R"(","id":")" + room + R"("})")),
          "ack");
    }
    world_->wait_folded();
  }
  // Appends a critical record of a type that this build does not know.
  void append_what_stops_the_fold() {
    event strange;
    strange.room = "default/x";
    strange.actor = "ann";
    strange.cid = "c";
    strange.facts = unknown_body{77};
    ASSERT_TRUE(
        world_->events().append(sick, {{"default/x", encode(strange)}}, [](const auto&) {}));
  }
  void stop_fold() {
    append_what_stops_the_fold();
    ASSERT_TRUE(eventually([&] { return !world_->fold().can_decide(sick); }));
  }
  std::string to(const std::string& room, int n) {
    const auto id = std::to_string(n);
    return R"({"type":"send","id":)" + id + R"(,"room":")" + room + R"(","cid":"c)" + id +
           R"(","text":"some text"})";
  }
  std::string kind_at_once(const std::string& json) {
    const auto now = world_->send(json, "ann", 7);
    return now ? kind_of(*now) : "no answer yet";
  }
  std::size_t end_of_log() { return world_->events().bounds(sick).end.value; }

  const std::string halted = room_in(0, 2), healthy = room_in(1, 2);
};

TEST_F(stopped_pipeline, is_unavailable_at_once_and_nothing_more_is_appended_to_it) {
  begin_with_rooms();
  ASSERT_EQ(kind_of(ask(to(halted, 1))), "ack");
  stop_fold();
  const auto end = end_of_log();
  EXPECT_EQ(kind_at_once(to(halted, 2)), "unavailable");
  EXPECT_EQ(kind_at_once(R"({"type":"create","room":")" + halted + R"("})"), "unavailable");
  EXPECT_EQ(kind_at_once(to(halted, 1)), "duplicate") << "what was decided is known";
  for (int n = 10; n < 20; ++n) ASSERT_EQ(kind_of(ask(to(healthy, n))), "ack");
  gw().tick();
  EXPECT_EQ(end_of_log(), end);
  EXPECT_EQ(gw().in().failure(), "");
}

TEST_F(stopped_pipeline, what_is_in_flight_is_unknown_at_its_deadline_and_then_forgotten) {
  begin_with_rooms();
  world_->events().set_partition_fate(
      [](partition_id p) { return p == sick ? append_fate::lose : append_fate::pass; });
  EXPECT_FALSE(world_->send(to(halted, 1), "ann"));
  world_->events().set_partition_fate(nullptr);
  stop_fold();
  world_->clock().advance(4999ms);
  gw().tick();
  EXPECT_EQ(gw().answers_to("1"), 0u);
  EXPECT_EQ(gw().in().stats().in_flight, 1u);
  world_->clock().advance(1ms);
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "unknown_outcome");
  EXPECT_EQ(gw().in().stats().in_flight, 0u) << "it would take from all others for ever";
}

// A partition that has stopped is unavailable, and nothing else is.
TEST_F(stopped_pipeline, a_failed_append_besides_does_not_end_the_gateway) {
  begin_with_rooms();
  world_->events().set_partition_fate(
      [](partition_id p) { return p == sick ? append_fate::fail_unwritten : append_fate::pass; });
  EXPECT_FALSE(world_->send(to(halted, 1), "ann"));
  world_->events().set_partition_fate(nullptr);
  stop_fold();
  for (int i = 0; i < 3; ++i) gw().tick();  // one asks for a fence
  EXPECT_EQ(gw().in().failure(), "");
  EXPECT_EQ(kind_of(ask(to(healthy, 2))), "ack");
  EXPECT_EQ(kind_at_once(to(halted, 3)), "unavailable");
  world_->clock().advance(5s);
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "unknown_outcome");
}

// The fold stops while the lane waits for it to come to the log's end.
TEST_F(stopped_pipeline, a_fold_that_stops_while_a_fence_is_wanted_does_not_end_the_gateway) {
  begin_with_rooms();
  world_->pause_fold();
  ASSERT_FALSE(world_->send(to(healthy, 9), "ann", 3));
  ASSERT_FALSE(world_->send(to(halted, 9), "ann", 3));
  ASSERT_TRUE(eventually([&] {
    return world_->fold().find_command("default/" + healthy, "ann", "c9").has_value() ||
           world_->fold().find_command("default/" + halted, "ann", "c9").has_value();
  }));
  world_->events().set_partition_fate(
      [](partition_id p) { return p == sick ? append_fate::fail_unwritten : append_fate::pass; });
  EXPECT_FALSE(world_->send(to(halted, 1), "ann"));
  world_->events().set_partition_fate(nullptr);
  EXPECT_FALSE(world_->send(to(halted, 2), "ann"));
  append_what_stops_the_fold();
  gw().tick();  // asks for a fence; number 2 waits for it, or was appended before
  world_->resume_fold();
  ASSERT_TRUE(eventually([&] { return !world_->fold().can_decide(sick); }));
  for (int i = 0; i < 3; ++i) gw().tick();
  EXPECT_EQ(gw().in().failure(), "");
  EXPECT_EQ(kind_of(ask(to(healthy, 3))), "ack");
  world_->clock().advance(5s);
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "unknown_outcome");
}

TEST_F(stopped_pipeline, what_waits_for_a_fence_is_told_at_once_that_nothing_happened) {
  begin_with_rooms();
  world_->events().set_partition_fate(
      [](partition_id p) { return p == sick ? append_fate::lose : append_fate::pass; });
  EXPECT_FALSE(world_->send(to(halted, 1), "ann"));
  EXPECT_FALSE(world_->send(to(halted, 2), "ann"));
  world_->events().set_partition_fate([n = 0](partition_id p) mutable {
    return p == sick && ++n > 1 ? append_fate::lose : append_fate::pass;
  });
  EXPECT_FALSE(world_->send(to(halted, 3), "ann"));  // out of order: a fence is asked for, and lost
  ASSERT_TRUE(eventually([&] { return !gw().in().not_ready().empty(); }));
  EXPECT_FALSE(world_->send(to(halted, 4), "ann"));  // waits for it
  world_->events().set_partition_fate(nullptr);
  stop_fold();
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("4")), "unavailable");
  EXPECT_EQ(gw().answers_to("1"), 0u);
  world_->clock().advance(5s);
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "unknown_outcome");
  EXPECT_EQ(kind_of(gw().wait_answer("3")), "unknown_outcome");
  EXPECT_EQ(gw().in().stats().in_flight, 0u);
}

TEST_F(stopped_pipeline, a_start_does_not_wait_for_it) {
  world_options with;
  with.partitions = 2;
  world_ = std::make_unique<world>(with);
  world_->add_gateway();
  append_what_stops_the_fold();
  world_->start();
  EXPECT_TRUE(eventually([&] {
    gw().tick();
    return gw().in().settled();
  })) << "though no time has passed";
  EXPECT_EQ(gw().in().not_ready(), std::vector{sick});
  EXPECT_EQ(kind_at_once(R"({"type":"create","room":")" + halted + R"("})"), "unavailable");
  EXPECT_EQ(kind_of(ask(R"({"type":"create","id":1,"room":")" + healthy + R"("})")), "ack");
  EXPECT_EQ(gw().in().failure(), "");
}

}  // namespace
}  // namespace roomlog::testing
