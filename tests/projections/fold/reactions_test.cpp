// Reactions: what already is so is the duplicate of the event that made it so.
#include "tests/projections/fold/fold_rig.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;
using enum reject_reason;

constexpr std::uint64_t message = 3;  // of ann

class reactions : public ::testing::Test {
 protected:
  void SetUp() override {
    rig.take(creates("ann", "c1"));
    rig.take(joins("bob", "c1"));
    ASSERT_TRUE(is(rig.take(says("ann", "c2")), accepted, message));
  }
  fold_rig rig;
};

TEST_F(reactions, adding_what_is_there_is_the_duplicate_of_the_event_that_added_it) {
  EXPECT_TRUE(is(rig.take(reacts("bob", "r1", message)), accepted, 4));
  EXPECT_TRUE(is(rig.take(reacts("bob", "r2", message)), duplicate, 4));
  EXPECT_EQ(rig.room().head, seq_no{4});
}

TEST_F(reactions, removing_what_was_removed_is_the_duplicate_of_the_event_that_removed_it) {
  rig.take(reacts("bob", "r1", message));
  EXPECT_TRUE(is(rig.take(takes_back("bob", "r2", message)), accepted, 5));
  EXPECT_TRUE(is(rig.take(takes_back("bob", "r3", message)), duplicate, 5));
  EXPECT_TRUE(is(rig.take(reacts("bob", "r4", message)), accepted, 6));
  EXPECT_TRUE(is(rig.take(reacts("bob", "r5", message)), duplicate, 6));
}

TEST_F(reactions, removing_what_never_was_there_is_no_target) {
  EXPECT_TRUE(is(rig.take(takes_back("bob", "r1", message)), invalid_target));
  rig.take(reacts("bob", "r2", message));
  EXPECT_TRUE(is(rig.take(takes_back("ann", "r3", message)), invalid_target));
  EXPECT_TRUE(is(rig.take(takes_back("bob", "r4", message, open_room, "-1")), invalid_target));
}

TEST_F(reactions, of_each_user_emoji_and_message_are_apart) {
  rig.take(says("ann", "c3"));
  std::uint64_t seq = 4;
  for (std::string_view user : {"ann", "bob"}) {
    for (std::string_view emoji : {"+1", "+", "1", "\xF0\x9F\x91\x8D"}) {
      for (const std::uint64_t target : {message, message + 1}) {
        const auto cid = keep("r" + std::to_string(seq));
        EXPECT_TRUE(is(rig.take(reacts(user, cid, target, open_room, emoji)), accepted, ++seq));
      }
    }
  }
}

TEST_F(reactions, a_duplicate_keeps_its_cid_when_things_have_changed) {
  rig.take(reacts("bob", "r1", message));
  EXPECT_TRUE(is(rig.take(reacts("bob", "r2", message)), duplicate, 4));
  rig.take(takes_back("bob", "r3", message));
  EXPECT_TRUE(is(rig.take(reacts("bob", "r2", message)), duplicate, 4));
  EXPECT_EQ(rig.room().head, seq_no{5});
}

TEST_F(reactions, on_a_deleted_message_are_refused_whatever_was_there) {
  rig.take(reacts("bob", "r1", message));
  rig.take(deletes("ann", "d", message));
  EXPECT_TRUE(is(rig.take(reacts("bob", "r2", message)), invalid_target));
  EXPECT_TRUE(is(rig.take(takes_back("bob", "r3", message)), invalid_target));
  // A decided command stays decided.
  EXPECT_TRUE(is(rig.take(reacts("bob", "r1", message)), duplicate, 4));
}

TEST_F(reactions, survive_a_restart) {
  rig.take(reacts("bob", "r1", message));
  rig.take(reacts("bob", "r2", message, open_room, "-1"));
  rig.take(takes_back("bob", "r3", message, open_room, "-1"));
  fold_state again = rig.reopened();
  const room_id in = again.find_room(open_room)->value.id;
  const auto found = [&](std::string_view emoji) {
    return again.tables().find_reaction(in, {seq_no{message}, emoji, false}, "bob");
  };
  EXPECT_EQ(found("+1")->seq, seq_no{4});
  EXPECT_TRUE(found("+1")->present);
  EXPECT_EQ(found("-1")->seq, seq_no{6});
  EXPECT_FALSE(found("-1")->present);
  EXPECT_FALSE(found("0").has_value());
}

TEST_F(reactions, with_what_is_no_emoji_are_malformed) {
  const std::string longest(64, 'x'), longer(65, 'x');
  EXPECT_TRUE(is(rig.take(reacts("bob", "r1", message, open_room, longest)), accepted));
  for (std::string_view emoji : {std::string_view(), std::string_view(longer),
                                 std::string_view("a b"), std::string_view("a\nb")}) {
    event e = reacts("bob", "r2", message, open_room, emoji);
    e.append = {rig_gateway, 1, rig_nonce, rig.number};
    EXPECT_TRUE(is(rig.take(e), malformed));  // and takes no number
  }
  EXPECT_TRUE(is(rig.take(reacts("bob", "r2", message)), accepted));
}

// A gateway asks before it appends; what it asks may be out of every bound.
TEST_F(reactions, of_any_length_can_be_asked_about) {
  const std::string huge(5000, 'x');
  EXPECT_EQ(would_refuse(rig.state(), takes_back("bob", "r1", message, open_room, huge)),
            invalid_target);
}

}  // namespace
}  // namespace roomlog::testing
