// Order 6 of the fold: rooms and messages.
#include "tests/projections/fold/fold_rig.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;
using enum reject_reason;

// A public room with ann (owner), adam (admin), will (writer), rita (reader); head 7, of which seq
// 6 is a message of will and seq 7 one of ann.
struct staffed_room : ::testing::Test {
  staffed_room() {
    rig.take(creates("ann", "c1"));
    rig.take(invites("ann", "i1", "adam"));
    rig.take(invites("ann", "i2", "will"));
    rig.take(joins("rita", "j"));
    rig.take(gives_role("ann", "r1", "rita", member_role::reader));
    rig.take(says("will", "m6"));
    rig.take(says("ann", "m7"));
    rig.take(gives_role("ann", "r2", "adam", member_role::admin));
    head = 8;
  }
  fold_rig rig;
  std::uint64_t head;
};

TEST(fold_rooms, the_creator_is_owner_and_those_named_are_writers) {
  fold_rig rig;
  rig.take(creates_private("ann", "c1", {"bob", "ann", "bob", "cid"}));
  const room_state room = rig.room(closed_circle);
  EXPECT_EQ(room.members, 3U);
  EXPECT_FALSE(room.is_public);
  EXPECT_EQ(rig.state().role_of(room.id, "ann"), member_role::owner);
  EXPECT_EQ(rig.state().role_of(room.id, "bob"), member_role::writer);
  EXPECT_EQ(rig.state().role_of(room.id, "cid"), member_role::writer);
  EXPECT_EQ(rig.state().role_of(room.id, "dan"), member_role::none);
}

TEST(fold_rooms, a_room_can_be_created_once) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  EXPECT_TRUE(is(rig.take(creates("bob", "c1")), room_exists));
  EXPECT_TRUE(is(rig.take(creates("ann", "c2")), room_exists));
  rig.take(creates_private("ann", "c3"));
  EXPECT_TRUE(is(rig.take(creates_private("bob", "c1")), room_exists));
}

// S1.22, conflict 14
TEST(fold_rooms, a_direct_room_is_the_same_for_both_and_closed_to_others) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(creates_direct("ann", "c1", "bob")), accepted, 1));
  EXPECT_TRUE(is(rig.take(creates_direct("bob", "c1", "ann")), duplicate, 1));
  EXPECT_TRUE(is(rig.take(creates_direct("ann", "c2", "bob")), duplicate, 1));
  EXPECT_TRUE(is(rig.take(creates_direct("eve", "c1", "bob")), room_exists));
  event after = says("bob", "m1", "hi", "t/direct");
  after.after_cid = "c1";
  EXPECT_TRUE(is(rig.take(after), accepted, 2));
  const room_state room = rig.room("t/direct");
  EXPECT_TRUE(room.direct);
  EXPECT_FALSE(room.is_public);
  EXPECT_EQ(rig.state().role_of(room.id, "ann"), member_role::owner);
  EXPECT_EQ(rig.state().role_of(room.id, "bob"), member_role::writer);
}

TEST(fold_rooms, the_second_creation_of_a_direct_room_keeps_its_cid) {
  fold_rig rig;
  rig.take(creates_direct("ann", "c1", "bob"));
  rig.take(creates_direct("bob", "c1", "ann"));
  event other = says("bob", "c1", "hi", "t/direct");
  other.digest = digest_of(1234);
  EXPECT_TRUE(is(rig.take(other), conflict, 1));
}

TEST(fold_rooms, a_direct_room_has_exactly_one_other) {
  fold_rig rig;
  event three = creates_direct("ann", "c1", "bob");
  three.facts = room_created{false, true, {"bob", "cid"}};
  EXPECT_TRUE(is(rig.take(three), invalid_target));
  EXPECT_TRUE(is(rig.take(creates_direct("ann", "c2", "ann")), invalid_target));
  event named_twice = creates_direct("ann", "c3", "bob");
  named_twice.facts = room_created{true, true, {"bob", "ann", "bob"}};
  EXPECT_TRUE(is(rig.take(named_twice), accepted, 1));
  EXPECT_FALSE(rig.room("t/direct").is_public);
}

TEST(fold_rooms, nobody_comes_or_goes_in_a_direct_room) {
  fold_rig rig;
  rig.take(creates_direct("ann", "c1", "bob"));
  const std::string_view room = "t/direct";
  EXPECT_TRUE(is(rig.take(invites("ann", "a1", "eve", room)), no_permission));
  EXPECT_TRUE(is(rig.take(kicks("ann", "a2", "bob", room)), no_permission));
  EXPECT_TRUE(is(rig.take(leaves("ann", "a3", room)), no_permission));
  EXPECT_TRUE(
      is(rig.take(gives_role("ann", "a4", "bob", member_role::admin, room)), no_permission));
  EXPECT_TRUE(is(rig.take(joins("ann", "a5", room)), no_permission));
  EXPECT_TRUE(is(rig.take(joins("eve", "e1", room)), unknown_room));
}

TEST(fold_rooms, an_unknown_room_is_unknown) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(says("ann", "c1")), unknown_room));
  EXPECT_TRUE(is(rig.take(joins("ann", "c1")), unknown_room));
}

TEST(fold_rooms, outsiders_learn_nothing_of_a_private_room) {
  fold_rig rig;
  const std::string_view room = closed_circle;
  rig.take(creates_private("ann", "c1"));
  rig.take(says("ann", "m", "x", room));
  for (const event& e :
       {says("eve", "e", "x", room), joins("eve", "e", room), leaves("eve", "e", room),
        invites("eve", "e", "bob", room), kicks("eve", "e", "ann", room),
        changes_room("eve", "e", "t", false, room), edits("eve", "e", 2, "x", room),
        deletes("eve", "e", 2, room), reacts("eve", "e", 2, room)}) {
    EXPECT_TRUE(is(rig.take(e), unknown_room));
  }
  rig.take(changes_room("ann", "c2", "", true, room));
  EXPECT_TRUE(is(rig.take(says("eve", "e", "x", room)), unknown_room));
}

TEST(fold_rooms, outsiders_of_a_public_room_may_only_join) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(says("ann", "m"));
  for (const event& e : {says("eve", "e"), leaves("eve", "e"), invites("eve", "e", "bob"),
                         kicks("eve", "e", "ann"), changes_room("eve", "e", "t"),
                         edits("eve", "e", 2), deletes("eve", "e", 2), reacts("eve", "e", 2)}) {
    EXPECT_TRUE(is(rig.take(e), not_member));
  }
  EXPECT_TRUE(is(rig.take(joins("eve", "e")), accepted, 3));
}

TEST(fold_rooms, a_closed_room_takes_nothing_but_that_members_leave) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "j"));
  rig.take(says("ann", "m3"));
  EXPECT_TRUE(is(rig.take(changes_room("ann", "c2", "", true)), accepted, 4));
  EXPECT_TRUE(rig.room().closed);
  for (const event& e :
       {says("ann", "x"), joins("eve", "x"), leaves("eve", "x"), invites("ann", "x", "eve"),
        kicks("ann", "x", "bob"), gives_role("ann", "x", "bob", member_role::admin),
        changes_room("ann", "x", "t"), edits("ann", "x", 3), deletes("ann", "x", 3),
        reacts("bob", "x", 3), joins("bob", "x"), says("eve", "x")}) {
    EXPECT_TRUE(is(rig.take(e), room_closed));
  }
  EXPECT_TRUE(is(rig.take(leaves("bob", "x")), accepted, 5));
  EXPECT_EQ(rig.room().head, seq_no{5});
}

TEST(fold_rooms, a_change_that_does_not_close_leaves_the_room_open) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  EXPECT_TRUE(is(rig.take(changes_room("ann", "c2", "title")), accepted, 2));
  EXPECT_FALSE(rig.room().closed);
  EXPECT_TRUE(is(rig.take(says("ann", "m")), accepted, 3));
}

TEST_F(staffed_room, owner_and_admin_change_the_room_others_do_not) {
  EXPECT_TRUE(is(rig.take(changes_room("ann", "x1", "t")), accepted));
  EXPECT_TRUE(is(rig.take(changes_room("adam", "x1", "t")), accepted));
  EXPECT_TRUE(is(rig.take(changes_room("will", "x1", "t")), no_permission));
  EXPECT_TRUE(is(rig.take(changes_room("rita", "x1", "t")), no_permission));
}

// S2.3.4.2
TEST_F(staffed_room, readers_only_read) {
  EXPECT_TRUE(is(rig.take(says("rita", "x1")), no_permission));
  EXPECT_TRUE(is(rig.take(reacts("rita", "x2", 6)), no_permission));
  EXPECT_TRUE(is(rig.take(edits("rita", "x3", 6)), no_permission));
  EXPECT_TRUE(is(rig.take(deletes("rita", "x4", 6)), no_permission));
  EXPECT_TRUE(is(rig.take(leaves("rita", "x5")), accepted));
}

TEST_F(staffed_room, who_became_a_reader_can_no_longer_touch_own_messages) {
  rig.take(gives_role("ann", "x1", "will", member_role::reader));
  EXPECT_TRUE(is(rig.take(edits("will", "x2", 6)), no_permission));
  EXPECT_TRUE(is(rig.take(deletes("will", "x3", 6)), no_permission));
}

TEST_F(staffed_room, owner_admin_and_writer_post_and_react) {
  std::uint64_t seq = head;
  for (std::string_view who : {"ann", "adam", "will"}) {
    EXPECT_TRUE(is(rig.take(says(who, "x1")), accepted, ++seq));
    EXPECT_TRUE(is(rig.take(reacts(who, "x2", 6)), accepted, ++seq));
  }
}

TEST_F(staffed_room, only_the_author_edits_a_message) {
  EXPECT_TRUE(is(rig.take(edits("will", "x1", 6)), accepted));
  EXPECT_TRUE(is(rig.take(edits("ann", "x1", 6)), no_permission));
  EXPECT_TRUE(is(rig.take(edits("adam", "x1", 6)), no_permission));
}

TEST_F(staffed_room, author_admin_and_owner_delete_a_message) {
  EXPECT_TRUE(is(rig.take(deletes("will", "x1", 7)), no_permission));
  EXPECT_TRUE(is(rig.take(deletes("adam", "x1", 7)), accepted));
  EXPECT_TRUE(is(rig.take(deletes("will", "x2", 6)), accepted));
  EXPECT_TRUE(is(rig.take(says("adam", "x2")), accepted, head + 3));
  EXPECT_TRUE(is(rig.take(deletes("ann", "x3", head + 3)), accepted));
}

TEST_F(staffed_room, edits_deletions_and_reactions_need_a_message_that_is_there) {
  for (const std::uint64_t target :
       {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{99}, head + 1}) {
    EXPECT_TRUE(is(rig.take(edits("will", "x", target)), invalid_target));
    EXPECT_TRUE(is(rig.take(deletes("will", "x", target)), invalid_target));
    EXPECT_TRUE(is(rig.take(reacts("will", "x", target)), invalid_target));
  }
  rig.take(deletes("will", "gone", 6));
  EXPECT_TRUE(is(rig.take(edits("will", "x", 6)), invalid_target));
  EXPECT_TRUE(is(rig.take(deletes("will", "x", 6)), invalid_target));
  EXPECT_TRUE(is(rig.take(reacts("will", "x", 6)), invalid_target));
  // The deletion itself is no message.
  EXPECT_TRUE(is(rig.take(reacts("will", "x", head + 1)), invalid_target));
}

TEST_F(staffed_room, threads_and_replies_need_a_message_that_is_there) {
  EXPECT_TRUE(is(rig.take(replies("ann", "x1", 6)), accepted));
  EXPECT_TRUE(is(rig.take(replies("ann", "x2", 0, 6)), accepted));
  EXPECT_TRUE(is(rig.take(replies("ann", "x3", 7, 6)), accepted));
  EXPECT_TRUE(is(rig.take(replies("ann", "x4", 1, 6)), invalid_target));
  EXPECT_TRUE(is(rig.take(replies("ann", "x5", 6, 1)), invalid_target));
  EXPECT_TRUE(is(rig.take(replies("ann", "x6", head + 4)), invalid_target));
  rig.take(deletes("will", "gone", 6));
  EXPECT_TRUE(is(rig.take(replies("ann", "x7", 6)), invalid_target));
  EXPECT_TRUE(is(rig.take(replies("ann", "x8", 0, 6)), invalid_target));
}

TEST_F(staffed_room, a_thread_begins_at_a_message_that_is_in_none) {
  EXPECT_TRUE(is(rig.take(replies("ann", "x1", 0, 6)), accepted, head + 1));
  EXPECT_TRUE(is(rig.take(replies("ann", "x2", 0, head + 1)), invalid_target));
  EXPECT_TRUE(is(rig.take(replies("ann", "x3", head + 1, 6)), accepted, head + 2));
  EXPECT_TRUE(is(rig.take(replies("ann", "x4", 6)), accepted, head + 3));
  EXPECT_TRUE(is(rig.take(replies("ann", "x5", 0, head + 3)), accepted, head + 4));
}

TEST_F(staffed_room, each_event_knows_how_many_messages_were_posted_up_to_it) {
  rig.take(deletes("will", "gone", 6));
  rig.take(says("ann", "m"));
  const auto messages = [&](std::uint64_t seq) {
    return rig.state().find_event(rig.room().id, seq_no{seq})->messages;
  };
  EXPECT_EQ(messages(5), 0u);
  EXPECT_EQ(messages(6), 1u);
  EXPECT_EQ(messages(head), 2u);
  EXPECT_EQ(messages(head + 1), 2u);
  EXPECT_EQ(messages(head + 2), 3u);
  EXPECT_EQ(rig.room().messages, 3u);
}

TEST_F(staffed_room, messages_of_another_room_are_no_targets) {
  rig.take(creates("ann", "c1", "t/other"));
  EXPECT_TRUE(is(rig.take(replies("ann", "x1", 6, 0, "t/other")), invalid_target));
  EXPECT_TRUE(is(rig.take(deletes("ann", "x2", 6, "t/other")), invalid_target));
}

TEST(fold_rooms, an_outsider_of_a_closed_room_is_told_that_it_is_closed_if_it_is_public) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(changes_room("ann", "c2", "", true));
  rig.take(creates_private("ann", "c3"));
  rig.take(changes_room("ann", "c4", "", true, closed_circle));
  for (const event& e : {says("eve", "x"), joins("eve", "x"), leaves("eve", "x"),
                         invites("eve", "x", "bob"), reacts("eve", "x", 1)}) {
    EXPECT_TRUE(is(rig.take(e), reject_reason::room_closed));
    event same = e;
    same.room = closed_circle;
    EXPECT_TRUE(is(rig.take(same), reject_reason::unknown_room));
  }
}

}  // namespace
}  // namespace roomlog::testing
