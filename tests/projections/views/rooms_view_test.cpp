// What lists of members and of rooms show.
#include "tests/projections/views/views_fixture.h"

namespace roomlog::testing {
namespace {

struct rooms_views : views {};

INSTANTIATE_TEST_SUITE_P(both, rooms_views,
                         ::testing::Values(state_engine::memory, state_engine::rocks),
                         name_of_store);

event named(event e, std::string_view name) {
  e.actor_name = name;
  return e;
}

// S1.2, S4.7
TEST_P(rooms_views, members_are_listed_with_the_name_last_seen) {
  rig.append(named(creates("ann", "c1"), "Ann"));
  rig.append(invites("ann", "c2", "bob"));
  rig.append(named(joins("cyd", "c1"), "Cyd"));
  rig.append(named(says("cyd", "c2"), "Cydney"));
  rig.append(says("cyd", "c3"));
  rig.append(gives_role("ann", "c3", "cyd", member_role::admin));
  rig.append(joins("dan", "c1"));
  rig.append(leaves("dan", "c2"));
  rig.append(joins("eve", "c1"));
  rig.append(kicks("ann", "c4", "eve"));
  rig.settle();
  EXPECT_EQ(listed(rig.history().members(open_room, {})->members),
            "ann/Ann/owner bob//writer cyd/Cydney/admin ");
}

// S3.26
TEST_P(rooms_views, rooms_of_a_user_are_those_where_they_are_a_member_now) {
  rig.append(creates("ann", "c1", "t/a"));
  rig.append(creates_private("ann", "c1", {"bob"}, "t/b"));
  rig.append(creates_direct("cyd", "c1", "bob", "t/c"));
  rig.append(creates("bob", "c1", "other/d"));
  rig.append(joins("bob", "c2", "t/a"));
  rig.append(leaves("bob", "c3", "t/a"));
  rig.settle();
  const auto rooms = rig.history().rooms_of("t", "bob", {})->rooms;
  ASSERT_EQ(rooms.size(), 2U);
  EXPECT_EQ(rooms[0].room, "t/b");
  EXPECT_EQ(rooms[0].role, member_role::writer);
  EXPECT_FALSE(rooms[0].direct);
  EXPECT_EQ(rooms[1].room, "t/c");
  EXPECT_TRUE(rooms[1].direct);
  ASSERT_EQ(rig.history().rooms_of("other", "bob", {})->rooms.size(), 1U);
  EXPECT_EQ(rig.history().rooms_of("other", "bob", {})->rooms.front().role, member_role::owner);
}

TEST_P(rooms_views, users_whose_names_begin_alike_are_not_confused) {
  rig.append(creates("a", "c1", "t/x"));
  rig.append(creates("ab", "c1", "t/y"));
  rig.settle();
  ASSERT_EQ(rig.history().rooms_of("t", "a", {})->rooms.size(), 1U);
  EXPECT_EQ(rig.history().rooms_of("t", "a", {})->rooms.front().room, "t/x");
}

TEST_P(rooms_views, unread_counts_what_others_wrote_and_did_not_delete) {
  rig.append(creates("ann", "c1"));
  rig.append(joins("bob", "c1"));
  for (int i = 0; i < 5; ++i) rig.append(says("ann", keep("a" + std::to_string(i))));  // 3 to 7
  for (int i = 0; i < 3; ++i) rig.append(says("bob", keep("b" + std::to_string(i))));  // 8 to 10
  rig.append(deletes("ann", "d1", 4));
  rig.append(deletes("ann", "d2", 9));
  rig.append(edits("ann", "e1", 5));
  rig.settle();
  const auto of_ann = rig.history().rooms_of("t", "ann", {})->rooms;
  const auto of_bob = rig.history().rooms_of("t", "bob", {})->rooms;
  EXPECT_EQ(of_ann[0].unread, 2U);
  EXPECT_EQ(of_bob[0].unread, 4U);
  EXPECT_EQ(of_bob[0].head, seq_no{13});
  EXPECT_EQ(of_bob[0].read, seq_no{0});
}

TEST_P(rooms_views, a_room_is_listed_with_its_title_and_last_message_as_it_stands) {
  event created = creates("ann", "c1");
  room_content content;
  content.title = "The first";
  created.content = as_byte_view(keep(encode(content)));
  rig.append(created);
  rig.settle();
  auto rooms = rig.history().rooms_of("t", "ann", {})->rooms;
  EXPECT_EQ(rooms[0].title, "The first");
  EXPECT_FALSE(rooms[0].last.has_value());
  rig.append(says("ann", "c2", "one"));
  rig.append(changes_room("ann", "c3", "The second"));
  rig.append(edits("ann", "c4", 2, "uno"));
  rig.settle();
  rooms = rig.history().rooms_of("t", "ann", {})->rooms;
  EXPECT_EQ(rooms[0].title, "The second");
  ASSERT_TRUE(rooms[0].last.has_value());
  EXPECT_EQ(rooms[0].last->standing.seq, seq_no{2});
  EXPECT_EQ(text_of(*rooms[0].last), "uno");
  EXPECT_TRUE(rooms[0].last->standing.edited);
}

TEST_P(rooms_views, a_change_without_a_title_keeps_it) {
  rig.append(creates("ann", "c1"));
  rig.append(changes_room("ann", "c2", "Title"));
  rig.append(changes_room("ann", "c3", "", true));
  rig.settle();
  EXPECT_EQ(rig.history().rooms_of("t", "ann", {})->rooms[0].title, "Title");
}

}  // namespace
}  // namespace roomlog::testing
