// Fences and deadlines at their edges: a fence that is late, a command that was appended twice, a
// waiter that came late, a clock that was set back.
#include <atomic>

#include "ingress/commands/command_record.h"
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

bool is_fence(const std::vector<append_entry>& entries) {
  return entries[0].key.empty();
}

TEST_F(pipeline, a_fence_that_comes_late_and_with_the_next_one_leaves_the_lane_in_service) {
  begin_with_room();
  world_->events().set_fate([](const auto& entries) {
    return is_fence(entries) ? append_fate::hold : append_fate::report_unknown;
  });
  EXPECT_FALSE(world_->send(message(1), "ann"));
  ASSERT_EQ(kind_of(gw().wait_answer("1")), "ack");
  const auto holds = [&](std::size_t fences) {
    return eventually([&] {
      gw().tick();
      return world_->events().held() == fences;
    });
  };
  ASSERT_TRUE(holds(1)) << "the append that is in doubt";
  world_->clock().advance(5s);
  ASSERT_TRUE(holds(2)) << "the fence that did not come back";
  world_->events().release();
  EXPECT_TRUE(gw().wait_ready());
  EXPECT_EQ(gw().in().failure(), "");
  EXPECT_EQ(world_->fold().fence_counter(partition_id{0}, "gw-0").value(), 3u);
  EXPECT_EQ(kind_of(ask(message(2))), "ack");
}

// Its first append may be in the log, whatever became of the second.
TEST_F(pipeline, a_command_that_was_appended_under_two_fences_is_never_said_to_be_nowhere) {
  std::atomic<bool> broken{false};
  world_options with;
  with.on_write = [&](std::size_t) -> result<> {
    if (broken) return error{errc::io, "the disk is gone"};
    return {};
  };
  begin({}, with);
  ASSERT_EQ(kind_of(ask(R"({"type":"create","id":"room","room":"r"})")), "ack");
  std::atomic<int> appends{0};
  world_->events().set_fate([&](const auto&) {
    const int which = ++appends;
    if (which == 1) return append_fate::lose;
    return which == 4 || which == 5 ? append_fate::fail_unwritten : append_fate::pass;
  });
  EXPECT_FALSE(world_->send(message(1), "ann"));
  EXPECT_FALSE(world_->send(message(2), "ann"));          // finds the gap; then the fence
  ASSERT_TRUE(eventually([&] { return appends == 4; }));  // and both again
  EXPECT_FALSE(world_->send(message(3), "ann"));
  broken = true;
  ASSERT_TRUE(world_->events().append(partition_id{0}, {{"", encode_fence({"other", 1, 2, 0}, {})}},
                                      [](const auto&) {}));
  ASSERT_TRUE(eventually([&] { return !world_->events().failure().empty(); }));
  EXPECT_EQ(later_answer("1"), "unknown_outcome");
  EXPECT_EQ(later_answer("2"), "unknown_outcome");
  EXPECT_EQ(later_answer("3"), "unavailable") << "appended once, and not written";
}

TEST_F(pipeline, who_waits_after_the_first_gave_up_is_told_at_the_own_deadline) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(1), "ann"));
  world_->clock().advance(5s);
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "unknown_outcome");
  gw().tick();
  EXPECT_FALSE(
      world_->send(R"({"id":"late","type":"send","room":"r","cid":"c1","text":"t"})", "ann", 2));
  world_->clock().advance(4999ms);
  gw().tick();
  EXPECT_EQ(gw().answers_to("\"late\""), 0u);
  world_->clock().advance(1ms);
  gw().tick();
  ASSERT_EQ(gw().answers_to("\"late\""), 1u);
  EXPECT_EQ(kind_of(gw().wait_answer("\"late\"")), "unknown_outcome");
}

// Deadlines follow the last record of what was read back, not the first.
TEST_F(pipeline, a_batch_that_ends_ahead_of_a_clock_that_was_set_back_lets_nothing_expire) {
  begin_with_room();
  world_->pause_fold();
  EXPECT_FALSE(world_->send(message(0), "ann", 2));
  ASSERT_TRUE(eventually(
      [&] { return world_->fold().find_command("default/r", "ann", "c0").has_value(); }));
  get_ahead_of_fold(message(1), "ann");  // these two are one batch
  world_->clock().step(std::chrono::hours(24));
  get_ahead_of_fold(message(2), "ann");
  world_->clock().step(-std::chrono::hours(24));
  world_->resume_fold();
  for (const char* id : {"0", "1", "2"}) EXPECT_EQ(kind_of(gw().wait_answer(id)), "ack") << id;
  EXPECT_EQ(kind_of(ask(message(3))), "ack");
}

}  // namespace
}  // namespace roomlog::testing
