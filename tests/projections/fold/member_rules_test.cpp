// Order 6 of the fold: who may join, invite, kick and give roles.
#include "tests/projections/fold/fold_rig.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;
using reject_reason::invalid_target;
using reject_reason::malformed;
using reject_reason::no_permission;
using reject_reason::not_member;
using reject_reason::room_closed;
using reject_reason::unknown_room;
using enum member_role;

// Seqs: 1 created by ann, 2 adam invited, 3 will invited, 4 rita joined, 5 rita reader, 6 adam
// admin.
struct members : ::testing::Test {
  members() {
    rig.take(creates("ann", "c1"));
    rig.take(invites("ann", "i1", "adam"));
    rig.take(invites("ann", "i2", "will"));
    rig.take(joins("rita", "j1"));
    rig.take(gives_role("ann", "r1", "rita", reader));
    rig.take(gives_role("ann", "r2", "adam", admin));
  }
  member_role role(std::string_view user) { return rig.state().role_of(rig.room().id, user); }
  fold_rig rig;
};

// S1.8, S4.7
TEST_F(members, who_joins_a_public_room_is_a_writer) {
  EXPECT_TRUE(is(rig.take(joins("eve", "j")), accepted, 7));
  EXPECT_EQ(role("eve"), writer);
  EXPECT_EQ(rig.room().members, 5U);
}

TEST_F(members, joining_again_is_the_event_that_made_one_a_member_for_ever) {
  EXPECT_TRUE(is(rig.take(joins("rita", "j2")), duplicate, 4));
  EXPECT_TRUE(is(rig.take(joins("adam", "j2")), duplicate, 2));
  EXPECT_TRUE(is(rig.take(joins("ann", "j2")), duplicate, 1));
  EXPECT_EQ(role("rita"), reader);
  rig.take(leaves("rita", "l"));
  EXPECT_TRUE(is(rig.take(joins("rita", "j2")), duplicate, 4));  // a late retry
  EXPECT_EQ(role("rita"), none);
  event other = joins("rita", "j2");
  other.digest = digest_of(4321);
  EXPECT_TRUE(is(rig.take(other), conflict, 4));
}

TEST_F(members, nobody_joins_or_leaves_for_another) {
  event e = joins("eve", "x");
  e.facts = member_changed{member_change::joined, "zoe", none};
  EXPECT_TRUE(is(rig.take(e), no_permission));
  e = leaves("will", "x");
  e.facts = member_changed{member_change::left, "rita", none};
  EXPECT_TRUE(is(rig.take(e), no_permission));
}

TEST_F(members, owner_and_admin_invite_others_do_not) {
  EXPECT_TRUE(is(rig.take(invites("ann", "x", "u1")), accepted));
  EXPECT_TRUE(is(rig.take(invites("adam", "x", "u2")), accepted));
  EXPECT_TRUE(is(rig.take(invites("will", "x", "u3")), no_permission));
  EXPECT_TRUE(is(rig.take(invites("rita", "x", "u3")), no_permission));
  EXPECT_TRUE(is(rig.take(invites("will", "y", "rita")), no_permission));
  EXPECT_EQ(role("u1"), writer);
  EXPECT_EQ(role("u3"), none);
}

TEST_F(members, an_invitation_makes_a_writer_and_nothing_else) {
  event e = invites("adam", "x", "eve");
  e.facts = member_changed{member_change::invited, "eve", owner};
  EXPECT_TRUE(is(rig.take(e), no_permission));
  e.facts = member_changed{member_change::invited, "eve", none};
  EXPECT_TRUE(is(rig.take(e), accepted));
  EXPECT_EQ(role("eve"), writer);
}

TEST_F(members, inviting_a_member_is_the_event_that_made_them_one) {
  EXPECT_TRUE(is(rig.take(invites("ann", "x", "rita")), duplicate, 4));
  EXPECT_EQ(role("rita"), reader);
  rig.take(kicks("ann", "k", "rita"));
  EXPECT_TRUE(is(rig.take(invites("ann", "x", "rita")), duplicate, 4));
  EXPECT_EQ(role("rita"), none);
}

TEST_F(members, an_invitation_lets_into_a_private_room) {
  rig.take(creates_private("ann", "p1"));
  EXPECT_TRUE(is(rig.take(joins("eve", "e1", closed_circle)), unknown_room));
  EXPECT_TRUE(is(rig.take(invites("ann", "p2", "eve", closed_circle)), accepted, 2));
  EXPECT_TRUE(is(rig.take(joins("eve", "e1", closed_circle)), duplicate, 2));
  EXPECT_TRUE(is(rig.take(says("eve", "e2", "x", closed_circle)), accepted, 3));
}

TEST_F(members, the_owner_kicks_anyone_but_themself) {
  EXPECT_TRUE(is(rig.take(kicks("ann", "k1", "adam")), accepted));
  EXPECT_TRUE(is(rig.take(kicks("ann", "k2", "will")), accepted));
  EXPECT_TRUE(is(rig.take(kicks("ann", "k3", "rita")), accepted));
  EXPECT_TRUE(is(rig.take(kicks("ann", "k4", "ann")), no_permission));
  EXPECT_EQ(rig.room().members, 1U);
}

TEST_F(members, an_owner_kicks_another_owner) {
  rig.take(gives_role("ann", "x", "adam", owner));
  EXPECT_TRUE(is(rig.take(kicks("adam", "k", "ann")), accepted));
}

TEST_F(members, an_admin_kicks_writers_and_readers_only) {
  rig.take(joins("second", "j"));
  rig.take(gives_role("ann", "x", "second", admin));
  EXPECT_TRUE(is(rig.take(kicks("adam", "k1", "ann")), no_permission));
  EXPECT_TRUE(is(rig.take(kicks("adam", "k2", "second")), no_permission));
  EXPECT_TRUE(is(rig.take(kicks("adam", "k3", "adam")), no_permission));
  EXPECT_TRUE(is(rig.take(kicks("adam", "k4", "will")), accepted));
  EXPECT_TRUE(is(rig.take(kicks("adam", "k5", "rita")), accepted));
}

TEST_F(members, writers_and_readers_kick_nobody) {
  EXPECT_TRUE(is(rig.take(kicks("will", "k1", "rita")), no_permission));
  EXPECT_TRUE(is(rig.take(kicks("rita", "k1", "will")), no_permission));
  EXPECT_TRUE(is(rig.take(kicks("will", "k2", "stranger")), no_permission));
}

TEST_F(members, only_a_member_can_be_kicked) {
  EXPECT_TRUE(is(rig.take(kicks("ann", "k1", "stranger")), invalid_target));
  rig.take(kicks("ann", "k2", "will"));
  EXPECT_TRUE(is(rig.take(kicks("ann", "k3", "will")), invalid_target));
}

TEST_F(members, who_was_kicked_cannot_write_and_may_join_again) {
  rig.take(kicks("ann", "k1", "will"));
  EXPECT_TRUE(is(rig.take(says("will", "m1")), not_member));
  EXPECT_TRUE(is(rig.take(joins("will", "j1")), accepted, 8));
  EXPECT_TRUE(is(rig.take(joins("will", "j2")), duplicate, 8));
  EXPECT_EQ(role("will"), writer);
}

TEST_F(members, every_member_may_leave_once) {
  for (std::string_view who : {"adam", "will", "rita", "ann"}) {
    EXPECT_TRUE(is(rig.take(leaves(who, "l1")), accepted));
    EXPECT_TRUE(is(rig.take(leaves(who, "l2")), not_member));
    EXPECT_EQ(role(who), none);
  }
  EXPECT_EQ(rig.room().members, 0U);
}

TEST_F(members, the_last_owner_stays_while_there_are_other_members) {
  EXPECT_TRUE(is(rig.take(leaves("ann", "l1")), no_permission));
  EXPECT_EQ(role("ann"), owner);
  rig.take(gives_role("ann", "o", "will", owner));
  EXPECT_TRUE(is(rig.take(leaves("ann", "l1")), accepted)) << "the cid was not occupied";
  EXPECT_TRUE(is(rig.take(leaves("will", "l1")), no_permission));
  rig.take(joins("ann", "j2"));
  rig.take(gives_role("will", "o", "ann", owner));
  rig.take(kicks("ann", "k", "will"));
  EXPECT_TRUE(is(rig.take(leaves("ann", "l2")), no_permission)) << "a kicked owner is none";
}

TEST_F(members, the_last_owner_keeps_the_role) {
  for (member_role r : {admin, writer, reader}) {
    EXPECT_TRUE(is(rig.take(gives_role("ann", keep(to_string(r)), "ann", r)), no_permission));
  }
  EXPECT_TRUE(is(rig.take(gives_role("ann", "same", "ann", owner)), duplicate, 1));
  for (std::string_view who : {"adam", "will", "rita"}) rig.take(leaves(who, "l1"));
  EXPECT_TRUE(is(rig.take(gives_role("ann", "alone", "ann", writer)), no_permission));
  EXPECT_EQ(role("ann"), owner);
}

TEST_F(members, owners_are_counted_over_a_restart) {
  rig.take(gives_role("ann", "o1", "rita", owner));
  rig.take(gives_role("ann", "o2", "will", owner));
  rig.take(gives_role("rita", "o3", "will", reader));
  EXPECT_EQ(rig.room().owners, 2U);
  fold_state again = rig.reopened();
  EXPECT_EQ(again.find_room(open_room)->value.owners, 2U);
}

TEST_F(members, a_closed_room_can_be_left_and_by_its_last_owner_too) {
  rig.take(changes_room("ann", "close", "", true));
  EXPECT_TRUE(is(rig.take(leaves("ann", "l1")), accepted));
  EXPECT_TRUE(is(rig.take(leaves("will", "l1")), accepted));
  EXPECT_TRUE(is(rig.take(leaves("will", "l2")), room_closed)) << "no member any more";
  EXPECT_TRUE(is(rig.take(joins("will", "j2")), room_closed));
  event e = leaves("adam", "x");
  e.facts = member_changed{member_change::left, "rita", none};
  EXPECT_TRUE(is(rig.take(e), no_permission));
  EXPECT_EQ(rig.room().members, 2U);
}

TEST_F(members, nobody_leaves_a_direct_room_that_is_closed) {
  rig.take(creates_direct("ann", "d1", "bob"));
  rig.take(changes_room("ann", "d2", "", true, "t/direct"));
  EXPECT_TRUE(is(rig.take(leaves("bob", "d1", "t/direct")), no_permission));
}

TEST_F(members, who_left_a_private_room_is_an_outsider) {
  rig.take(creates_private("ann", "p1", {"eve"}));
  EXPECT_TRUE(is(rig.take(leaves("eve", "l1", closed_circle)), accepted));
  EXPECT_TRUE(is(rig.take(leaves("eve", "l2", closed_circle)), unknown_room));
  EXPECT_TRUE(is(rig.take(joins("eve", "j1", closed_circle)), unknown_room));
}

TEST_F(members, the_owner_gives_any_role_to_any_member) {
  for (member_role r : {owner, admin, writer, reader}) {
    EXPECT_TRUE(is(rig.take(gives_role("ann", to_string(r), "rita", r)), accepted));
    EXPECT_EQ(role("rita"), r);
  }
  rig.take(gives_role("ann", "second", "adam", owner));
  EXPECT_TRUE(is(rig.take(gives_role("ann", "self", "ann", writer)), accepted));
  EXPECT_EQ(role("ann"), writer);
}

TEST_F(members, an_admin_gives_plain_roles_to_plain_members) {
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x1", "will", reader)), accepted));
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x2", "rita", writer)), accepted));
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x3", "rita", admin)), no_permission));
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x4", "rita", owner)), no_permission));
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x5", "ann", writer)), no_permission));
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x6", "adam", writer)), no_permission));
  EXPECT_TRUE(is(rig.take(gives_role("adam", "x7", "adam", admin)), no_permission));
}

TEST_F(members, writers_and_readers_give_no_roles) {
  EXPECT_TRUE(is(rig.take(gives_role("will", "x1", "rita", writer)), no_permission));
  EXPECT_TRUE(is(rig.take(gives_role("rita", "x2", "rita", writer)), no_permission));
  EXPECT_TRUE(is(rig.take(gives_role("will", "x3", "will", writer)), no_permission));
}

TEST_F(members, the_same_role_again_is_the_event_that_gave_it_for_ever) {
  EXPECT_TRUE(is(rig.take(gives_role("ann", "x1", "rita", reader)), duplicate, 5));
  EXPECT_TRUE(is(rig.take(gives_role("ann", "x2", "will", writer)), duplicate, 3));
  rig.take(gives_role("ann", "x3", "rita", writer));
  EXPECT_TRUE(is(rig.take(gives_role("ann", "x1", "rita", reader)), duplicate, 5));
  EXPECT_EQ(role("rita"), writer);
}

TEST_F(members, a_role_does_not_change_when_one_became_a_member) {
  EXPECT_TRUE(is(rig.take(joins("adam", "again")), duplicate, 2));
}

TEST_F(members, only_a_member_can_get_a_role) {
  EXPECT_TRUE(is(rig.take(gives_role("ann", "x1", "stranger", writer)), invalid_target));
}

TEST_F(members, a_role_change_without_a_role_is_malformed) {
  const event e = gives_role("ann", "x1", "will", none);
  EXPECT_TRUE(is(rig.take(e), malformed));
  EXPECT_EQ(role("will"), writer);
}

}  // namespace
}  // namespace roomlog::testing
