// A shard's core driven by hand: no loop, no thread, and time that moves when told to.
#include <gtest/gtest.h>

#include "tests/pushers/core_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

const std::string subscribe = R"({"type":"subscribe","id":1,"room":"r"})";
const std::string send = R"({"type":"send","id":2,"room":"r","cid":"c-1","text":"hi"})";

TEST(shard_core, nothing_happens_but_what_it_is_told) {
  core_rig rig;
  played_connection ann(rig, "ann");
  EXPECT_EQ(ann.story(), "hello");
  EXPECT_EQ(rig.posted(), 1u) << "the token's verdict";
  rig.run_posted();
  EXPECT_EQ(ann.story(), "authenticated");
  EXPECT_EQ(rig.core->stats().sessions, 1u);
}

TEST(shard_core, an_ack_goes_out_before_the_event_which_others_get) {
  core_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.member("default/r", "ann", "bob", member_change::invited);
  const auto ann = rig.sign_in("ann"), bob = rig.sign_in("bob");
  for (auto* client : {ann.get(), bob.get()}) {
    client->text(subscribe);
    rig.run_all();
    EXPECT_EQ(client->story(), "subscribed live");
  }
  ann->text(send);
  ASSERT_EQ(rig.submitted.size(), 1u);
  EXPECT_EQ(place_of(rig.submitted[0].from), 7u) << "the number of the shard";
  const auto batch = rig.world.post("default/r", "ann", "hi");
  rig.core->publish(batch, {rig.ack_for(0, seq_no{3})});
  rig.core->publish(rig.world.post("default/r", "bob", "ho"), {});
  EXPECT_EQ(rig.posted(), 1u) << "both are taken at once";
  EXPECT_EQ(ann->story() + bob->story(), "") << "on the core's thread only";
  rig.run_posted();
  EXPECT_EQ(ann->story(), "ack event:4");
  EXPECT_EQ(bob->story(), "event:3 event:4");
}

TEST(shard_core, what_a_full_inbox_drops_is_read_as_pages) {
  core_rig rig([](client_server_options& options) { options.limits.inbox_bytes_max = 1; });
  rig.world.create("default/r", "ann");
  const auto ann = rig.sign_in("ann");
  ann->text(subscribe);
  rig.run_all();
  EXPECT_EQ(ann->story(), "subscribed live");
  for (int i = 0; i < 3; ++i) rig.core->publish(rig.world.post("default/r", "ann", "hi"), {});
  EXPECT_EQ(rig.core->stats().inbox_dropped_total, 3u);
  rig.run_posted();
  EXPECT_EQ(ann->story(), "");
  EXPECT_EQ(rig.tasks.stats().waiting, 1u) << "a page was asked for";
  rig.run_all();
  EXPECT_EQ(ann->story(), "event:2 event:3 event:4");
}

TEST(shard_core, a_head_that_cannot_be_read_after_a_gap_is_asked_for_again_with_each_tick) {
  core_rig rig([](client_server_options& options) { options.limits.inbox_bytes_max = 1; });
  rig.world.create("default/r", "ann");
  const auto ann = rig.sign_in("ann");
  ann->text(subscribe);
  rig.run_all();
  (void)ann->story();
  rig.world.fail_questions();
  rig.core->publish(rig.world.post("default/r", "ann", "hi"), {});
  rig.run_all();
  rig.core->tick();
  EXPECT_EQ(ann->story(), "");
  rig.world.answer_questions();
  rig.core->tick();
  (void)ann->story();
  rig.run_all();
  EXPECT_EQ(ann->story(), "event:2");
}

TEST(shard_core, time_is_what_its_clock_says) {
  core_rig rig;
  const auto ann = rig.sign_in("ann");
  const auto due = ann->due;
  ASSERT_GT(due, rig.clock.steady());
  rig.clock.advance(due - rig.clock.steady());
  ann->timer();
  EXPECT_EQ(ann->story(), "<ping>");
}

TEST(shard_core, sessions_that_come_after_the_end_are_closed_too) {
  core_rig rig;
  const auto ann = rig.sign_in("ann");
  rig.core->close_all(1012);
  EXPECT_FALSE(ann->closed);
  rig.run_posted();
  EXPECT_EQ(ann->closed, 1012u);
  played_connection late(rig, "bob");
  rig.run_posted();
  EXPECT_EQ(late.closed, 1012u);
}

TEST(shard_core, what_comes_for_a_session_or_a_core_that_is_gone_is_dropped) {
  core_rig rig;
  rig.world.create("default/r", "ann");
  const auto ann = rig.sign_in("ann");
  ann->text(send);
  ann->end();
  const auto batch = rig.world.post("default/r", "ann", "hi");
  rig.core->publish(batch, {rig.ack_for(0, seq_no{2})});
  rig.core->answer(rig.submitted[0].from, turn_begins{});
  rig.run_posted();
  EXPECT_EQ(rig.core->stats().sessions, 0u);
  rig.core->drain(1s);
  rig.core.reset();
  rig.run_posted();
}

}  // namespace
}  // namespace roomlog::testing
