// Seals: everybody who folds compares H, and a difference stops the partition.
#include "schemas/records/codec.h"
#include "tests/projections/fold/fold_rig.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;

// What a gateway would seal now.
log_sealed seal_now(fold_rig& rig) {
  static const std::string root(log_sealed::root_bytes, 'r');
  return {rig.at(), rig.at().value, as_byte_view(root), rig.state().standing().hash, {}, {}};
}
log_sealed spoiled(log_sealed seal) {
  seal.hash[15] ^= std::byte{1};
  return seal;
}

verdict decide_in(fold_state& state, fold_rig& rig, const event& e) {
  const std::string value = encode(e);
  record_batch_builder builder(partition_id{0}, state.standing().next);
  builder.add(state.standing().next, rig.now(), "", as_byte_view(value));
  const auto batch = builder.finish();
  const auto decoded = decode((*batch)[0].value);
  return decide(state, (*batch)[0], &*decoded);
}

TEST(fold_seal, of_what_is_right_before_it_must_agree) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  EXPECT_EQ(rig.take(control_record(seal_now(rig))),
            (verdict{control, reject_reason::none, {}, {}, {}}));
  EXPECT_EQ(rig.state().halted(), "");
}

TEST(fold_seal, that_differs_in_any_byte_stops_the_partition_and_says_where) {
  for (std::size_t i = 0; i < 16; ++i) {
    fold_rig rig;
    log_sealed wrong = seal_now(rig);
    wrong.hash[i] ^= std::byte{1};
    const offset at = rig.at();
    const partition_state before = rig.state().standing();
    rig.take(control_record(wrong));
    const std::string why = rig.state().halted();
    EXPECT_NE(why.find("partition 0, offset " + std::to_string(at.value)), std::string::npos)
        << why;
    EXPECT_NE(why.find("the log's seal says"), std::string::npos) << why;
    EXPECT_EQ(rig.state().standing().next, before.next);
    EXPECT_EQ(rig.state().standing().hash, before.hash);
  }
}

TEST(fold_seal, is_compared_though_other_records_came_between) {
  for (const bool good : {true, false}) {
    fold_rig rig;
    rig.take(creates("ann", "c1"));
    const log_sealed seal = good ? seal_now(rig) : spoiled(seal_now(rig));
    for (int i = 0; i < 500; ++i) rig.take(says("ann", keep("m" + std::to_string(i))));
    rig.take(control_record(seal));
    EXPECT_EQ(rig.state().halted().empty(), good) << rig.state().halted();
  }
}

// Ending at a hole of the offsets is ending at the record below.
TEST(fold_seal, hashes_are_found_by_the_last_record_below) {
  recent_hashes hashes;
  const auto h = [](int n) { return hash128{static_cast<std::byte>(n)}; };
  EXPECT_EQ(hashes.at(offset{7}), std::nullopt);
  hashes.note(offset{4}, h(1));
  hashes.note(offset{7}, h(2));
  EXPECT_EQ(hashes.at(offset{3}), std::nullopt);
  EXPECT_EQ(hashes.at(offset{4}), h(1));
  EXPECT_EQ(hashes.at(offset{6}), h(1));
  EXPECT_EQ(hashes.at(offset{7}), h(2));
  EXPECT_EQ(hashes.at(offset{99}), h(2));
  const auto full = recent_hashes::kept_max;
  for (std::size_t n = 8; n < 8 + full; ++n) hashes.note(offset{n}, h(3));
  EXPECT_EQ(hashes.at(offset{7}), std::nullopt);
  EXPECT_EQ(hashes.at(offset{8}), h(3));
  EXPECT_EQ(hashes.at(offset{7 + full}), h(3));
}

TEST(fold_seal, of_what_was_decided_too_long_ago_is_not_compared_the_next_one_is) {
  fold_rig rig;
  const log_sealed late = spoiled(seal_now(rig));
  for (std::size_t i = 0; i < recent_hashes::kept_max; ++i) rig.take_bytes("garbage");
  EXPECT_TRUE(is(rig.take(control_record(late)), control));
  EXPECT_EQ(rig.state().halted(), "");
  rig.take(control_record(spoiled(seal_now(rig))));
  EXPECT_NE(rig.state().halted(), "");
}

TEST(fold_seal, of_what_is_before_a_restart_is_compared_from_the_checkpoint_on) {
  fold_rig rig;
  rig.take(creates("ann", "c1"));
  const log_sealed at_checkpoint = spoiled(seal_now(rig));
  fold_state again = rig.reopened();
  decide_in(again, rig, control_record(at_checkpoint));
  EXPECT_NE(again.halted(), "");
}

TEST(fold_seal, that_stopped_the_partition_stops_it_again_after_a_restart) {
  fold_rig rig;
  const log_sealed wrong = spoiled(seal_now(rig));
  rig.take(creates("ann", "c1"));  // so that a restart does not know the hash up to the seal's end
  rig.take(control_record(wrong));
  ASSERT_NE(rig.state().halted(), "");
  for (int restart = 0; restart < 3; ++restart) {
    fold_state again = rig.reopened();
    decide_in(again, rig, control_record(wrong));
    EXPECT_NE(again.halted().find("partition 0, offset 3: "), std::string::npos) << again.halted();
    EXPECT_NE(again.halted().find("the log's seal says"), std::string::npos) << again.halted();
    EXPECT_EQ(again.standing().next, offset{3});
    again.stage();
  }
}

TEST(fold_seal, that_stopped_the_partition_does_not_stop_a_log_that_was_mended) {
  fold_rig rig;
  const log_sealed seal = seal_now(rig);
  rig.take(creates("ann", "c1"));
  rig.take(control_record(spoiled(seal)));
  ASSERT_NE(rig.state().halted(), "");
  fold_state mended = rig.reopened();
  EXPECT_TRUE(is(decide_in(mended, rig, control_record(seal)), control));
  EXPECT_EQ(mended.halted(), "");
  EXPECT_EQ(mended.standing().refused_seal, hash128{});
}

TEST(fold_seal, of_records_that_are_not_there_is_malformed) {
  fold_rig rig;
  log_sealed ahead = seal_now(rig);
  ahead.upto = next(ahead.upto);
  EXPECT_TRUE(is(rig.take(control_record(ahead)), reject_reason::malformed));
  EXPECT_EQ(rig.state().halted(), "");
}

}  // namespace
}  // namespace roomlog::testing
