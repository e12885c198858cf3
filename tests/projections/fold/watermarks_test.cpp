// Watermarks: numbered as every append, no seq; each entry takes effect or has none.
#include "log/base/hex.h"
#include "projections/fold/fold_hash.h"
#include "tests/projections/fold/fold_rig.h"

namespace roomlog {

inline void PrintTo(const watermark_step& s, std::ostream* out) {
  *out << s.user << " " << s.delivered_before.value << "/" << s.read_before.value << " to "
       << s.delivered.value << "/" << s.read.value;
}

}  // namespace roomlog

namespace roomlog::testing {
namespace {

using enum verdict_kind;

using steps = std::vector<watermark_step>;

watermark_step step(std::string_view user, std::uint64_t delivered_before,
                    std::uint64_t read_before, std::uint64_t delivered, std::uint64_t read) {
  return {user, seq_no{delivered_before}, seq_no{read_before}, seq_no{delivered}, seq_no{read}};
}

// A public room with ann and bob, head 5.
class watermarks : public ::testing::Test {
 protected:
  void SetUp() override {
    rig.take(creates("ann", "c1"));
    rig.take(joins("bob", "c1"));
    for (std::string_view cid : {"m1", "m2", "m3"}) rig.take(says("ann", cid));
    ASSERT_EQ(rig.room().head, seq_no{5});
  }
  // The steps of a record that must be taken.
  steps take(const std::vector<mark>& marks, std::string_view room = open_room) {
    EXPECT_TRUE(is(rig.take(advances(marks, room)), advanced));
    return rig.state().moved().steps;
  }
  std::pair<std::uint64_t, std::uint64_t> marks_of(std::string_view user) {
    const member_state m = rig.member(user);
    return {m.delivered.value, m.read.value};
  }
  fold_rig rig;
};

TEST_F(watermarks, of_members_advance_and_say_from_where_to_where) {
  EXPECT_EQ(take({{"bob", 3, 2}, {"ann", 5, 0}}),
            (steps{step("bob", 0, 0, 3, 2), step("ann", 0, 0, 5, 0)}));
  EXPECT_EQ(take({{"bob", 4, 2}}), (steps{step("bob", 3, 2, 4, 2)}));
  EXPECT_EQ(marks_of("bob"), std::pair(4ul, 2ul));
  EXPECT_EQ(marks_of("ann"), std::pair(5ul, 0ul));
}

TEST_F(watermarks, get_no_seq_and_bind_no_cid) {
  const verdict v = rig.take(advances({{"bob", 3, 0}}));
  EXPECT_EQ(v.seq, seq_no{});
  EXPECT_EQ(v.first_offset, offset{});
  EXPECT_EQ(rig.room().head, seq_no{5});
}

TEST_F(watermarks, only_grow) {
  take({{"bob", 4, 3}});
  EXPECT_EQ(take({{"bob", 3, 2}}), steps{});
  EXPECT_EQ(take({{"bob", 4, 3}}), steps{});
  EXPECT_EQ(take({{"bob", 2, 4}}), (steps{step("bob", 4, 3, 4, 4)}));
  EXPECT_EQ(take({{"bob", 5, 1}}), (steps{step("bob", 4, 4, 5, 4)}));
}

TEST_F(watermarks, read_implies_delivered) {
  EXPECT_EQ(take({{"bob", 0, 4}}), (steps{step("bob", 0, 0, 4, 4)}));
}

TEST_F(watermarks, above_the_head_have_no_effect) {
  EXPECT_EQ(take({{"bob", 6, 0}, {"bob", 0, 6}, {"bob", 3, 6}, {"bob", 6, 3}, {"ann", 5, 5}}),
            (steps{step("ann", 0, 0, 5, 5)}));
}

TEST_F(watermarks, of_those_who_are_no_members_have_no_effect) {
  rig.take(leaves("bob", "c9"));
  EXPECT_EQ(take({{"bob", 3, 0}, {"eve", 3, 0}, {"ann", 3, 0}}), (steps{step("ann", 0, 0, 3, 0)}));
}

TEST_F(watermarks, of_who_comes_back_are_those_of_before) {
  take({{"bob", 4, 3}});
  rig.take(leaves("bob", "c9"));
  rig.take(joins("bob", "c10"));
  EXPECT_EQ(marks_of("bob"), std::pair(4ul, 3ul));
  EXPECT_EQ(take({{"bob", 3, 0}}), steps{});
}

TEST_F(watermarks, of_one_user_in_one_record_are_taken_one_after_the_other) {
  EXPECT_EQ(take({{"bob", 2, 0}, {"bob", 4, 1}, {"bob", 3, 0}}),
            (steps{step("bob", 0, 0, 2, 0), step("bob", 2, 0, 4, 1)}));
}

TEST_F(watermarks, of_nothing_have_no_effect) {
  EXPECT_EQ(take({{"bob", 0, 0}}), steps{});
}

TEST_F(watermarks, advance_in_a_closed_room) {
  rig.take(changes_room("ann", "c9", "", true));
  EXPECT_EQ(take({{"bob", 6, 6}}), (steps{step("bob", 0, 0, 6, 6)}));
}

TEST_F(watermarks, of_an_unknown_room_are_rejected_and_take_their_number) {
  EXPECT_TRUE(is(rig.take(advances({{"bob", 1, 0}}, "t/none")), reject_reason::unknown_room));
  EXPECT_EQ(take({{"bob", 3, 0}}).size(), 1u);
}

TEST_F(watermarks, of_one_room_are_not_those_of_another) {
  rig.take(creates("bob", "c1", "t/other"));
  take({{"bob", 1, 1}}, "t/other");
  EXPECT_EQ(marks_of("bob"), std::pair(0ul, 0ul));
  EXPECT_EQ(rig.member("bob", "t/other").read, seq_no{1});
}

TEST_F(watermarks, empty_too_many_or_of_a_user_out_of_bounds_are_malformed_and_take_no_number) {
  const std::string long_name(256, 'x');
  const std::vector<mark> most(watermarks_max, mark{"bob", 1, 0}),
      too_many(watermarks_max + 1, mark{"bob", 1, 0});
  for (const auto& marks :
       {std::vector<mark>{}, too_many, {{"", 1, 0}}, {{"bob", 1, 0}, {long_name, 1, 0}}}) {
    event e = advances(marks);
    e.append = {rig_gateway, 1, rig_nonce, rig.number};
    EXPECT_TRUE(is(rig.take(e), reject_reason::malformed));
  }
  event nowhere = advances({{"bob", 1, 0}}, "");
  nowhere.append = {rig_gateway, 1, rig_nonce, rig.number};
  EXPECT_TRUE(is(rig.take(nowhere), reject_reason::malformed));
  EXPECT_EQ(take(most).size(), 1u);
}

TEST_F(watermarks, are_numbered_and_fenced_as_every_append) {
  const auto number = rig.number;
  event e = advances({{"bob", 3, 0}});
  e.append = {rig_gateway, 1, rig_nonce, number + 1};
  EXPECT_TRUE(is(rig.take(e), out_of_order));
  e.append.number = number;
  e.append.nonce = rig_nonce + 1;
  EXPECT_TRUE(is(rig.take(e), stale_append));
  EXPECT_EQ(marks_of("bob"), std::pair(0ul, 0ul));
  e.append.nonce = rig_nonce;
  EXPECT_TRUE(is(rig.take(e), advanced));
  EXPECT_TRUE(is(rig.take(e), stale_append));
  e.append.number = 0;
  EXPECT_TRUE(is(rig.take(e), stale_append));
  rig.number = number + 1;
  EXPECT_TRUE(is(rig.take(says("ann", "m9")), accepted, 6));
}

TEST_F(watermarks, survive_a_restart_with_what_moved_where) {
  const offset at = rig.at();
  const verdict v =
      rig.take(advances({{"bob", 3, 2}, {"eve", 1, 1}, {"ann", 2, 0}, {"bob", 3, 3}}));
  const offset idle = rig.at();
  rig.take(advances({{"bob", 1, 1}}));
  fold_state again = rig.reopened();
  const auto* bob = again.find_member(again.find_room(open_room)->value.id, "bob");
  EXPECT_EQ(bob->value.delivered, seq_no{3});
  EXPECT_EQ(bob->value.read, seq_no{3});
  EXPECT_EQ(bob->value.role, member_role::writer);
  const auto moves = again.tables().find_moves(at);
  ASSERT_TRUE(moves.has_value());
  EXPECT_EQ(moves->moved, std::string("\3\0\1\2", 4));
  EXPECT_EQ(moves->shown_time, v.shown_time);
  EXPECT_FALSE(again.tables().find_moves(idle).has_value());
}

// Not before the events that they are about.
TEST_F(watermarks, have_a_time_that_is_not_before_the_head) {
  const timestamp head = rig.room().last_time;
  rig.set_now(timestamp{head.value - 5'000});
  EXPECT_EQ(rig.take(advances({{"bob", 3, 0}})).shown_time, head);
  rig.set_now(timestamp{head.value + 5'000});
  EXPECT_EQ(rig.take(advances({{"bob", 4, 0}})).shown_time, timestamp{head.value + 5'000});
  EXPECT_EQ(rig.room().last_time, head);
}

TEST_F(watermarks, are_no_part_of_the_rooms_hash_but_of_the_partitions) {
  const hash128 room = rig.room().hash, partition = rig.state().standing().hash;
  take({{"bob", 3, 0}});
  EXPECT_EQ(rig.room().hash, room);
  EXPECT_NE(rig.state().standing().hash, partition);
}

TEST_F(watermarks, that_moved_are_in_the_hash_of_the_partition) {
  const hash128 before = rig.state().standing().hash;
  const offset at = rig.at();
  const verdict v = rig.take(advances({{"bob", 3, 0}, {"eve", 3, 0}}));
  const partition_state& now = rig.state().standing();
  EXPECT_EQ(now.hash,
            next_partition_hash(before, at, now.last_digest, v, std::string_view("\1\0", 2)));
}

// Computed once from docs/fold.md by another program; it never changes.
TEST_F(watermarks, are_hashed_with_what_moved) {
  verdict v;
  v.kind = advanced;
  const hash128 of_abc = hash_bytes(std::string_view("abc"));
  const hash128 one = next_partition_hash({}, offset{2}, of_abc, v, std::string_view("\3\0", 2));
  EXPECT_NE(one, next_partition_hash({}, offset{2}, of_abc, v, std::string_view("\1\0", 2)));
  EXPECT_NE(one, next_partition_hash({}, offset{2}, of_abc, v, std::string_view("\3", 1)));
  EXPECT_EQ(hex_text(one), "af5f06b2f93282259df051cb007ff77c");
}

event imported(event e, verdict_kind kind, std::int64_t time) {
  e.origin = event_origin{
      "old", 3, offset{1000}, timestamp{time}, static_cast<std::uint8_t>(kind), seq_no{}};
  return e;
}

TEST_F(watermarks, from_another_log_need_an_import_and_take_time_and_effect_from_there) {
  const event e = imported(advances({{"bob", 4, 0}, {"eve", 1, 0}}), advanced, 5);
  EXPECT_TRUE(is(rig.take(e), reject_reason::malformed));
  rig.take(control_record(import_begun{"old"}));
  EXPECT_TRUE(is(rig.take(imported(advances({{"bob", 5, 0}}), stale_append, 5)), stale_append));
  EXPECT_TRUE(
      is(rig.take(imported(advances({{"bob", 5, 0}}), accepted, 5)), reject_reason::malformed));
  EXPECT_EQ(rig.take(e).shown_time, rig.room().last_time);
  EXPECT_EQ(marks_of("bob"), std::pair(4ul, 0ul));
  const std::int64_t later = rig.room().last_time.value + 7;
  EXPECT_EQ(rig.take(imported(advances({{"bob", 5, 0}}), advanced, later)).shown_time,
            timestamp{later});
}

}  // namespace
}  // namespace roomlog::testing
