#include "pushers/rooms/room_hub.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/pushers/session/room_world.h"

namespace roomlog::testing {
namespace {

class owner final : public subscription_owner {
 public:
  void on_ready(subscription& sub) override { ready.push_back(&sub); }
  void on_sent_part(subscription&, std::size_t) override {}
  const std::string& user() const override { return name; }
  std::string name = "ann";
  std::vector<subscription*> ready;
};

struct room_hub_test : ::testing::Test {
  void subscribe(subscription& sub, const std::string& room) {
    sub.owner = &who;
    hub.attach(sub, room, seq_no{world.head(room)});
    sub.next = sub.feed->tail.end();
  }
  room_world world;
  client_limits limits;
  direct_outputs outputs;
  room_hub hub{limits, outputs};
  owner who;
};

TEST_F(room_hub_test, a_room_is_kept_only_while_somebody_is_subscribed) {
  subscription first, second;
  world.create("t/a", "ann");
  hub.publish(*world.post("t/a", "ann", "nobody is here"));
  EXPECT_EQ(hub.tail_bytes(), 0u);
  subscribe(first, "t/a");
  subscribe(second, "t/a");
  hub.publish(*world.post("t/a", "ann", "x"));
  EXPECT_GT(hub.tail_bytes(), 0u);
  EXPECT_EQ(hub.counters().events_framed, 1u);  // once for both
  hub.detach(first);
  EXPECT_EQ(hub.rooms(), 1u);
  hub.detach(second);
  EXPECT_EQ(hub.rooms(), 0u);
  EXPECT_EQ(hub.tail_bytes(), 0u);
}

TEST_F(room_hub_test, wakes_a_subscription_once_until_it_was_served) {
  subscription sub;
  world.create("t/a", "ann");
  subscribe(sub, "t/a");
  hub.publish(*world.post_many("t/a", "ann", "x", 10));
  hub.publish(*world.post_many("t/a", "ann", "x", 10));
  EXPECT_EQ(who.ready.size(), 1u);
  sub.ready = false;
  hub.publish(*world.post("t/a", "ann", "x"));
  EXPECT_EQ(who.ready.size(), 2u);
  hub.detach(sub);
}

TEST_F(room_hub_test, subscriptions_leave_a_room_in_any_order) {
  std::vector<subscription> subs(4);
  world.create("t/a", "ann");
  for (auto& sub : subs) subscribe(sub, "t/a");
  for (const std::size_t i : {0u, 3u, 1u}) {
    const auto* feed = subs[i].feed;
    hub.detach(subs[i]);
    EXPECT_EQ(subs[i].feed, nullptr);
    for (const auto* left : feed->subscriptions()) EXPECT_EQ(left->feed, feed);
  }
  EXPECT_EQ(subs[2].feed->subscriptions(), std::vector<subscription*>{&subs[2]});
  hub.detach(subs[2]);
  EXPECT_EQ(hub.rooms(), 0u);
}

// S2.3.2.2
TEST_F(room_hub_test, an_event_wakes_those_of_its_room_and_nobody_else) {
  std::vector<subscription> members(3), others(100);
  owner elsewhere;
  world.create("t/a", "ann");
  for (auto& sub : members) subscribe(sub, "t/a");
  for (std::size_t i = 0; i < others.size(); ++i) {
    others[i].owner = &elsewhere;
    hub.attach(others[i], "t/other-" + std::to_string(i), seq_no{0});
  }
  hub.publish(*world.post("t/a", "ann", "x"));
  EXPECT_EQ(who.ready.size(), members.size());
  EXPECT_TRUE(elsewhere.ready.empty());
  EXPECT_EQ(hub.counters().events_framed, 1u);
  for (auto& sub : members) hub.detach(sub);
  for (auto& sub : others) hub.detach(sub);
}

// S0.3: who is to get an event is found as fast among a thousand times as many rooms. The best of
// some rounds, and far from what looking at each room would take.
TEST_F(room_hub_test, a_room_is_found_as_fast_among_many) {
  std::vector<subscription> subs(64 * 1024);
  const auto attach_up_to = [&](std::size_t end) {
    for (std::size_t i = hub.rooms(); i < end; ++i) {
      subs[i].owner = &who;
      hub.attach(subs[i], "t/" + std::to_string(i), seq_no{0});
    }
  };
  const auto best_round = [&] {
    auto best = std::chrono::steady_clock::duration::max();
    for (int round = 0; round < 10; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      for (int i = 0; i < 100; ++i) EXPECT_NE(hub.find("t/" + std::to_string(i % 64)), nullptr);
      best = std::min(best, std::chrono::steady_clock::now() - begin);
    }
    return best;
  };
  attach_up_to(64);
  const auto among_few = best_round();
  attach_up_to(subs.size());
  EXPECT_LT(best_round(), 50 * among_few);
  for (auto& sub : subs) hub.detach(sub);
}

TEST_F(room_hub_test, a_tail_keeps_to_its_bytes_and_its_newest_event) {
  limits.tail_bytes_per_room = 100'000;
  subscription sub;
  world.create("t/a", "ann");
  subscribe(sub, "t/a");
  for (int i = 0; i < 100; ++i) {
    hub.publish(*world.post("t/a", "ann", std::string(4000, 'x')));
    EXPECT_LE(sub.feed->tail.bytes(), 100'000u + 70'000u);
  }
  EXPECT_GT(sub.feed->tail.begin(), seq_no{50});
  hub.publish(*world.post("t/a", "ann", std::string(200'000, 'x')));
  EXPECT_EQ(sub.feed->tail.end(), seq_no{103});
  EXPECT_LE(sub.feed->tail.begin(), seq_no{102});
  hub.detach(sub);
}

TEST_F(room_hub_test, all_tails_keep_to_their_bytes_and_the_quiet_rooms_give_way) {
  limits.tail_bytes_per_shard = 200'000;
  std::vector<subscription> subs(20);
  for (std::size_t i = 0; i < subs.size(); ++i) {
    const auto room = "t/" + std::to_string(i);
    world.create(room, "ann");
    subscribe(subs[i], room);
  }
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < subs.size(); ++i)
      hub.publish(*world.post("t/" + std::to_string(i), "ann", std::string(10'000, 'x')));
    EXPECT_LE(hub.tail_bytes(), 200'000u);
  }
  EXPECT_EQ(subs.front().feed->tail.begin(), subs.front().feed->tail.end());
  EXPECT_LT(subs.back().feed->tail.begin(), subs.back().feed->tail.end());
  for (auto& sub : subs) hub.detach(sub);
}

// The quiet ones first, in the order of their last events, whatever the order of their coming.
TEST_F(room_hub_test, the_room_used_last_keeps_its_tail_when_the_bound_of_all_is_met) {
  limits.tail_bytes_per_shard = 45'000;
  std::vector<subscription> subs(4);
  const auto room = [](std::size_t i) { return "t/" + std::to_string(i); };
  const auto write = [&](std::size_t i) {
    hub.publish(*world.post(room(i), "ann", std::string(10'000, 'x')));
  };
  const auto kept = [&](std::size_t i) {
    return subs[i].feed->tail.begin() < subs[i].feed->tail.end();
  };
  for (std::size_t i = 0; i < subs.size(); ++i) {
    world.create(room(i), "ann");
    subscribe(subs[i], room(i));
  }
  write(0);
  write(1);
  write(2);
  write(0);  // now longer quiet: 1, 2, 0
  EXPECT_TRUE(kept(0));
  EXPECT_FALSE(kept(1));
  EXPECT_TRUE(kept(2));
  write(3);
  EXPECT_TRUE(kept(3));
  EXPECT_FALSE(kept(2));
  for (auto& sub : subs) hub.detach(sub);
}

TEST_F(room_hub_test, a_deleted_message_leaves_the_tail) {
  subscription sub;
  world.create("t/a", "ann");
  subscribe(sub, "t/a");
  hub.publish(*world.post_many("t/a", "ann", "x", 5));  // 2 … 6
  auto batch = std::make_shared<decided_batch>(*world.post("t/a", "ann", "to be a delete"));
  batch->events[0].ev.facts = message_deleted{seq_no{4}};
  batch->events[0].ev.content = {};
  hub.publish(*batch);
  EXPECT_EQ(sub.feed->tail.begin(), seq_no{5});
  EXPECT_EQ(sub.feed->tail.end(), seq_no{8});
  hub.detach(sub);
}

TEST_F(room_hub_test, the_text_of_a_deleted_message_leaves_the_tail_with_its_edits_too) {
  subscription sub;
  world.create("t/a", "ann");
  subscribe(sub, "t/a");
  hub.publish(*world.post_many("t/a", "ann", "x", 3));  // 2 … 4
  const auto as = [&](event_facts facts) {
    auto batch = std::make_shared<decided_batch>(*world.post("t/a", "ann", "the secret"));
    batch->events[0].ev.facts = facts;
    hub.publish(*batch);
  };
  as(message_edited{seq_no{3}});   // 5
  as(message_posted{});            // 6
  as(message_deleted{seq_no{3}});  // 7
  EXPECT_EQ(sub.feed->tail.begin(), seq_no{6});
  EXPECT_EQ(sub.feed->tail.end(), seq_no{8});
  hub.detach(sub);
}

TEST_F(room_hub_test, after_dropped_batches_every_tail_starts_at_the_head) {
  subscription sub;
  world.create("t/a", "ann");
  subscribe(sub, "t/a");
  world.post_many("t/a", "ann", "dropped", 5);
  EXPECT_TRUE(hub.resync(world));
  EXPECT_EQ(sub.feed->tail.begin(), seq_no{7});
  EXPECT_EQ(who.ready.size(), 1u);
  hub.detach(sub);
}

TEST_F(room_hub_test, a_room_whose_head_is_not_known_after_dropped_batches_is_asked_for_again) {
  subscription sub;
  world.create("t/a", "ann");
  subscribe(sub, "t/a");
  world.post_many("t/a", "ann", "dropped", 5);
  world.fail_questions();
  EXPECT_FALSE(hub.resync(world));
  EXPECT_EQ(sub.feed->tail.end(), seq_no{2});
  world.answer_questions();
  EXPECT_TRUE(hub.resync(world));
  EXPECT_EQ(sub.feed->tail.begin(), seq_no{7});
  hub.detach(sub);
}

TEST_F(room_hub_test, an_event_of_leaving_ends_that_users_subscriptions_only) {
  subscription ann, bob;
  owner other;
  other.name = "bob";
  world.create("t/a", "ann");
  subscribe(ann, "t/a");
  subscribe(bob, "t/a");
  bob.owner = &other;
  hub.publish(*world.member("t/a", "ann", "bob", member_change::kicked));
  EXPECT_EQ(bob.last, seq_no{2});
  EXPECT_GT(ann.last, seq_no{1'000'000});
  hub.detach(ann);
  hub.detach(bob);
}

}  // namespace
}  // namespace roomlog::testing
