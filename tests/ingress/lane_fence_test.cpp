#include "ingress/lane_fence.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using state = lane_fence::state;
using reading = lane_fence::reading;

// A fence that was taken with this counter.
lane_fence taken(std::uint64_t counter) {
  lane_fence fence;
  fence.want();
  (void)fence.begin_round();
  fence.propose(counter - 1, 7, 5s);
  fence.handed_over();
  EXPECT_EQ(fence.read_back({counter, 7}, true), reading::taken);
  return fence;
}

TEST(lane_fence, is_ready_when_its_own_fence_is_read_back) {
  lane_fence fence;
  EXPECT_EQ(fence.now(), state::idle);
  EXPECT_FALSE(fence.begin_round()) << "none is wanted";
  fence.want();
  const auto round = fence.begin_round();
  ASSERT_TRUE(round);
  EXPECT_TRUE(fence.is_round(*round));
  EXPECT_FALSE(fence.begin_round()) << "one round at a time";
  fence.propose(4, 7, 5s);
  fence.handed_over();
  EXPECT_EQ(fence.proposed(), (lane_incarnation{5, 7}));
  EXPECT_EQ(fence.now(), state::fencing);
  EXPECT_FALSE(fence.is_late(4999ms));
  EXPECT_TRUE(fence.is_late(5s));
  EXPECT_EQ(fence.read_back({5, 8}, true), reading::past) << "another nonce, and none taken yet";
  EXPECT_EQ(fence.read_back({5, 7}, true), reading::taken);
  EXPECT_EQ(fence.now(), state::ready);
  EXPECT_EQ(fence.taken(), (lane_incarnation{5, 7}));
}

TEST(lane_fence, calls_back_of_an_older_round_are_known) {
  lane_fence fence;
  fence.want();
  const auto first = fence.begin_round();
  fence.want();
  const auto second = fence.begin_round();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(fence.is_round(*first));
  EXPECT_TRUE(fence.is_round(*second));
}

TEST(lane_fence, is_doubted_once_and_only_in_the_state_that_the_doubt_is_of) {
  auto fence = taken(1);
  EXPECT_FALSE(fence.doubt(state::fencing));
  EXPECT_EQ(fence.now(), state::ready);
  EXPECT_TRUE(fence.doubt(state::ready));
  EXPECT_TRUE(fence.is_wanted());
  EXPECT_FALSE(fence.doubt(state::ready)) << "a new one is on its way";
}

TEST(lane_fence, a_fence_that_another_one_overtook_is_in_vain) {
  lane_fence fence;
  fence.want();
  (void)fence.begin_round();
  fence.propose(0, 7, 5s);
  fence.handed_over();
  EXPECT_EQ(fence.read_back({1, 7}, false), reading::overtaken);
}

TEST(lane_fence, counters_only_grow_even_where_the_fold_knows_of_none) {
  auto fence = taken(3);
  EXPECT_TRUE(fence.doubt(state::ready));
  (void)fence.begin_round();
  fence.propose(0, 8, 5s);
  EXPECT_EQ(fence.proposed().counter, 4u);
}

TEST(lane_fence, another_process_with_the_same_gateway_id_is_found) {
  auto fence = taken(3);
  EXPECT_EQ(fence.read_back({3, 9}, true), reading::past) << "not above ours";
  EXPECT_EQ(fence.read_back({4, 9}, false), reading::past) << "the fold did not take it";
  EXPECT_EQ(fence.read_back({4, 9}, true), reading::foreign);
}

TEST(lane_fence, an_own_fence_that_was_given_up_is_not_foreign) {
  auto fence = taken(3);
  EXPECT_TRUE(fence.doubt(state::ready));
  (void)fence.begin_round();
  fence.propose(3, 8, 5s);
  fence.handed_over();
  EXPECT_TRUE(fence.doubt(state::fencing)) << "it was late";
  EXPECT_EQ(fence.read_back({4, 8}, true), reading::past);
}

TEST(lane_fence, what_the_log_did_not_take_is_late_at_once) {
  lane_fence fence;
  fence.want();
  (void)fence.begin_round();
  fence.propose(0, 7, 9s);
  fence.not_handed_over(4s);
  EXPECT_TRUE(fence.is_late(4s));
}

TEST(lane_fence, a_lane_that_stopped_asks_for_none) {
  auto fence = taken(1);
  fence.stop();
  fence.want();
  EXPECT_FALSE(fence.begin_round());
  EXPECT_EQ(fence.now(), state::stopped);
}

}  // namespace
}  // namespace roomlog::testing
