// Orders 1 to 5 of the fold: bytes, appends, dedup, deadlines, predecessors.
#include "schemas/records/codec.h"
#include "tests/projections/fold/fold_rig.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;

event numbered(event e, std::uint64_t number, std::uint64_t counter = 1,
               std::uint64_t nonce = rig_nonce, std::string_view gateway = rig_gateway) {
  e.append = {gateway, counter, nonce, number};
  return e;
}

TEST(fold_append, the_first_event_of_a_room_has_seq_1_and_the_next_2) {
  fold_rig rig;
  const offset at = rig.at();
  const timestamp now = rig.now();
  EXPECT_EQ(rig.take(creates("ann", "c1")),
            (verdict{accepted, reject_reason::none, seq_no{1}, at, now}));
  EXPECT_TRUE(is(rig.take(says("ann", "c2")), accepted, 2));
  EXPECT_EQ(rig.room().head, seq_no{2});
}

TEST(fold_append, garbage_is_malformed_and_takes_no_number) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take_bytes("no record at all"), reject_reason::malformed));
  EXPECT_TRUE(is(rig.take_bytes(""), reject_reason::malformed));
  EXPECT_TRUE(is(rig.take(numbered(creates("ann", "c1"), 1)), accepted, 1));
}

TEST(fold_append, a_record_without_actor_or_cid_is_malformed_and_takes_no_number) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  event nameless = says("ann", "c2");
  nameless.actor = {};
  EXPECT_TRUE(is(rig.take(numbered(nameless, 2)), reject_reason::malformed));
  event without_cid = says("ann", "c2");
  without_cid.cid = {};
  EXPECT_TRUE(is(rig.take(numbered(without_cid, 2)), reject_reason::malformed));
  const std::string long_name(256, 'x');
  EXPECT_TRUE(is(rig.take(numbered(says(long_name, "c2"), 2)), reject_reason::malformed));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2)), accepted, 2));
}

TEST(fold_append, ids_of_255_bytes_are_fine) {
  fold_rig rig;
  const std::string name(255, 'x');
  EXPECT_TRUE(is(rig.take(creates(name, name, name)), accepted, 1));
  EXPECT_TRUE(is(rig.take(creates(name, name, name)), duplicate, 1));
}

TEST(fold_append, without_a_fence_every_append_is_stale) {
  fold_rig rig;
  EXPECT_TRUE(
      is(rig.take(numbered(creates("ann", "c1"), 1, 1, rig_nonce, "stranger")), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(creates("ann", "c1"), 1, 0, 0, "stranger")), stale_append));
}

TEST(fold_append, the_same_number_again_is_stale) {
  fold_rig rig;
  rig.take(numbered(creates("ann", "c1"), 1));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 1)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 0)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2)), accepted, 2));
}

TEST(fold_append, a_gap_is_out_of_order_and_takes_no_number) {
  fold_rig rig;
  rig.take(numbered(creates("ann", "c1"), 1));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c3"), 3)), out_of_order));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c4"), 4)), out_of_order));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2)), accepted, 2));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c3"), 3)), accepted, 3));
}

TEST(fold_append, another_nonce_or_counter_is_stale) {
  fold_rig rig;
  rig.take(numbered(creates("ann", "c1"), 1));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2, 1, rig_nonce + 1)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2, 2)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2, 0)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2)), accepted, 2));
}

TEST(fold_append, a_refused_event_takes_its_number) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c1"), 1)), reject_reason::unknown_room));
  EXPECT_TRUE(is(rig.take(numbered(creates("ann", "c1"), 2)), accepted, 1));
}

TEST(fold_append, a_duplicate_takes_its_number) {
  fold_rig rig;
  rig.take(numbered(creates("ann", "c1"), 1));
  EXPECT_TRUE(is(rig.take(numbered(creates("ann", "c1"), 2)), duplicate, 1));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 3)), accepted, 2));
}

TEST(fold_append, gateways_have_numbers_of_their_own) {
  fold_rig rig;
  rig.take(fence("gateway-2", 5, 9));
  rig.take(numbered(creates("ann", "c1"), 1));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 1, 5, 9, "gateway-2")), accepted, 2));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c3"), 2)), accepted, 3));
}

TEST(fold_append, a_fence_ends_the_incarnation_before_and_starts_at_1) {
  fold_rig rig;
  rig.take(numbered(creates("ann", "c1"), 1));
  EXPECT_TRUE(is(rig.take(fence(rig_gateway, 2, 8)), control));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 2, 2, 8)), out_of_order));
  EXPECT_TRUE(is(rig.take(numbered(says("ann", "c2"), 1, 2, 8)), accepted, 2));
}

TEST(fold_append, a_fence_needs_a_counter_above_the_present_one) {
  fold_rig rig;
  EXPECT_TRUE(is(rig.take(fence(rig_gateway, 1, 5)), stale_append));
  EXPECT_TRUE(is(rig.take(fence(rig_gateway, 0, 5)), stale_append));
  EXPECT_TRUE(is(rig.take(fence("fresh", 0, 5)), stale_append));
  EXPECT_TRUE(is(rig.take(numbered(creates("ann", "c1"), 1)), accepted, 1));
  EXPECT_TRUE(is(rig.take(fence(rig_gateway, 7, 5)), control));
  EXPECT_TRUE(is(rig.take(fence("", 7, 5)), reject_reason::malformed));
}

// S2.2.4.4, S3.4, conflict 4
TEST(fold_dedup, the_same_command_again_is_a_duplicate_with_the_first_place_and_time) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  const verdict first = rig.take(says("ann", "c2"));
  for (int i = 0; i < 3; ++i) rig.take(says("ann", keep("x" + std::to_string(i))));
  EXPECT_EQ(rig.take(says("ann", "c2")), (verdict{duplicate, reject_reason::none, first.seq,
                                                  first.first_offset, first.shown_time}));
  EXPECT_EQ(rig.room().head, seq_no{5});
}

// conflict 15
TEST(fold_dedup, another_digest_under_the_same_cid_is_a_conflict_with_the_first) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  const verdict first = rig.take(says("ann", "c2"));
  event other = says("ann", "c2", "something else");
  other.digest = digest_of(99);
  EXPECT_EQ(rig.take(other), (verdict{conflict, reject_reason::none, first.seq, first.first_offset,
                                      first.shown_time}));
  EXPECT_TRUE(is(rig.take(says("ann", "c2")), duplicate, 2));
}

// A gateway of a later build may write another algorithm; what was accepted is not accepted twice.
TEST(fold_dedup, digests_of_two_algorithms_are_not_compared) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  event first = says("ann", "c2");
  first.digest_alg = digest_algorithm::none;
  rig.take(first);
  event again = says("ann", "c2");
  again.digest = digest_of(99);
  EXPECT_TRUE(is(rig.take(again), duplicate, 2));
  EXPECT_TRUE(is(rig.take(first), duplicate, 2)) << "the first digest stays";
  again.digest_alg = digest_algorithm::none;
  EXPECT_TRUE(is(rig.take(again), conflict, 2));
  const auto kept = rig.reopened().find_command(rig.room().id, "ann", "c2");
  EXPECT_EQ(kept->algorithm, digest_algorithm::none);
  EXPECT_EQ(kept->digest, first.digest);
}

// conflict 16
TEST(fold_dedup, a_cid_belongs_to_one_user_in_one_room) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "c1"));
  EXPECT_EQ(rig.room().head, seq_no{2});
  EXPECT_TRUE(is(rig.take(creates("ann", "c1", "t/other")), accepted, 1));
  EXPECT_TRUE(is(rig.take(says("ann", "c2", "x", "t/other")), accepted, 2));
  EXPECT_TRUE(is(rig.take(says("ann", "c2")), accepted, 3));
}

TEST(fold_dedup, users_and_cids_that_run_together_are_not_confused) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("a", "j"));
  rig.take(joins("ab", "j"));
  EXPECT_TRUE(is(rig.take(says("a", "bc")), accepted, 4));
  EXPECT_TRUE(is(rig.take(says("ab", "c")), accepted, 5));
}

TEST(fold_dedup, comes_before_every_reason_to_refuse) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "j"));
  event said = says("bob", "c2");
  said.deadline = timestamp{rig.now().value + 1};
  EXPECT_TRUE(is(rig.take(said), accepted, 3));
  rig.take(kicks("ann", "k", "bob"));
  said.after_cid = "never";
  EXPECT_TRUE(is(rig.take(said), duplicate, 3));
  rig.take(changes_room("ann", "r", "", true));
  EXPECT_TRUE(is(rig.take(said), duplicate, 3));
}

TEST(fold_dedup, a_refused_command_does_not_occupy_its_cid) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  EXPECT_TRUE(is(rig.take(says("bob", "c2")), reject_reason::not_member));
  rig.take(joins("bob", "j"));
  event other = says("bob", "c2", "other words");
  other.digest = digest_of(5);
  EXPECT_TRUE(is(rig.take(other), accepted, 3));
}

TEST(fold_deadline, is_the_last_moment_that_is_still_good) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  event e = says("ann", "c2");
  e.deadline = timestamp{rig.now().value - 1};
  EXPECT_TRUE(is(rig.take(e), reject_reason::expired));
  e.deadline = rig.now();
  EXPECT_TRUE(is(rig.take(e), accepted, 2));
  EXPECT_TRUE(is(rig.take(says("ann", "c3")), accepted, 3));  // none given
}

TEST(fold_deadline, comes_before_the_predecessor_and_the_room) {
  fold_rig rig;
  event e = says("ann", "c2");
  e.deadline = timestamp{1};
  e.after_cid = "c1";
  EXPECT_TRUE(is(rig.take(e), reject_reason::expired));
}

TEST(fold_predecessor, must_have_been_accepted_of_the_same_user_in_the_same_room) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "j"));
  rig.take(creates("ann", "elsewhere", "t/other"));
  event e = says("ann", "c2");
  e.after_cid = "elsewhere";
  EXPECT_TRUE(is(rig.take(e), reject_reason::predecessor_missing));
  e.after_cid = "j";
  EXPECT_TRUE(is(rig.take(e), reject_reason::predecessor_missing));
  e.after_cid = "c1";
  EXPECT_TRUE(is(rig.take(e), accepted, 3));
}

TEST(fold_predecessor, comes_before_the_rooms_rules) {
  fold_rig rig;
  event e = says("ann", "c2");
  e.after_cid = "c1";
  EXPECT_TRUE(is(rig.take(e), reject_reason::predecessor_missing));
}

TEST(fold_predecessor, a_command_that_was_a_duplicate_counts) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "j1"));
  EXPECT_TRUE(is(rig.take(joins("bob", "j2")), duplicate, 2));
  event e = says("bob", "c2");
  e.after_cid = "j2";
  EXPECT_TRUE(is(rig.take(e), accepted, 3));
}

TEST(fold_restart, finds_everything_again) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "j"));
  rig.take(gives_role("ann", "r", "bob", member_role::admin));
  rig.take(control_record(import_begun{"old"}));
  const room_state before = rig.room();
  fold_state again = rig.reopened();
  EXPECT_EQ(again.standing().next, rig.at());
  EXPECT_EQ(again.standing().hash, rig.state().standing().hash);
  EXPECT_TRUE(again.standing().importing);
  EXPECT_EQ(again.standing().partitions, 1U);
  ASSERT_NE(again.find_gateway(rig_gateway), nullptr);
  EXPECT_EQ(again.find_gateway(rig_gateway)->value.last_number, 3U);
  EXPECT_EQ(again.find_gateway(rig_gateway)->value.nonce, rig_nonce);
  ASSERT_NE(again.find_room(open_room), nullptr);
  const room_state& room = again.find_room(open_room)->value;
  EXPECT_EQ(room.head, seq_no{3});
  EXPECT_EQ(room.members, 2U);
  EXPECT_TRUE(room.is_public);
  EXPECT_EQ(room.hash, before.hash);
  EXPECT_EQ(room.last_time, before.last_time);
  const fold_state::member* bob = again.find_member(room.id, "bob");
  ASSERT_NE(bob, nullptr);
  EXPECT_EQ(bob->value.role, member_role::admin);
  EXPECT_EQ(bob->value.member_since, seq_no{2});
  EXPECT_EQ(bob->value.role_since, seq_no{3});
  EXPECT_EQ(again.find_member(room.id, "eve"), nullptr);
}

// S0.17, conflict 1
TEST(fold_time, is_the_append_time_where_it_grows) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  const timestamp now = rig.now();
  EXPECT_EQ(rig.take(says("ann", "c2")).shown_time, now);
}

// S0.13, S0.15, conflict 1
TEST(fold_time, grows_by_a_microsecond_where_the_append_time_does_not) {
  fold_rig rig;
  const timestamp first = rig.now();
  rig.take(creates("ann", "c1"));
  rig.set_now(first);
  EXPECT_EQ(rig.take(says("ann", "c2")).shown_time, timestamp{first.value + 1});
  rig.set_now(timestamp{first.value - 1'000'000});
  EXPECT_EQ(rig.take(says("ann", "c3")).shown_time, timestamp{first.value + 2});
  rig.take(creates("bob", "c1", "t/other"));
  EXPECT_EQ(rig.room("t/other").last_time, timestamp{first.value - 1'000'000 + 1000});
}

}  // namespace
}  // namespace roomlog::testing
