// The fold against the naive model, and the two stores against each other, on generated records.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "projections/store/rocks_state_store.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/fold_rig.h"
#include "tests/projections/fold/generated_records.h"
#include "tests/projections/fold/naive_model.h"
#include "tests/projections/store/store_dump.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

// Calls each(record, decoded or null) with records as a log would show them.
template <class Each>
void for_each_record(const std::vector<generated_record>& records, Each&& each) {
  record_batch_builder builder(partition_id{0}, offset{0});
  for (std::size_t i = 0; i < records.size(); ++i) {
    builder.add(offset{i}, records[i].append_time, "", as_byte_view(records[i].value));
  }
  const auto batch = builder.finish();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const auto decoded = decode((*batch)[i].value);
    each((*batch)[i], decoded ? &*decoded : nullptr);
  }
}

verdict as_verdict(const naive_verdict& n) {
  return {static_cast<verdict_kind>(n.kind), static_cast<reject_reason>(n.reason), seq_no{n.seq},
          offset{n.at}, timestamp{n.time}};
}

// S2.2.4.5, conflict 13: what every fold decides
RC_GTEST_PROP(model, the_fold_decides_as_the_naive_model_does, ()) {
  const auto records = *generated_records(1500);
  memory_state_store store(1);
  fold_state state(store.partition(partition_id{0}), partition_id{0});
  naive_model model = make_naive_model();
  for_each_record(records, [&](const record_view& record, const event* ev) {
    const verdict v = decide(state, record, ev);
    const verdict expected = as_verdict(model(ev, record.at.value, record.append_time.value));
    if (v != expected) {
      RC_LOG() << "offset " << record.at.value << ": " << ::testing::PrintToString(v)
               << ", model: " << ::testing::PrintToString(expected) << "\n"
               << (ev ? to_json(*ev) : "garbage");
    }
    RC_ASSERT(v == expected);
    RC_ASSERT(state.halted().empty());
  });
}

// What a gateway asks before it appends.
RC_GTEST_PROP(model, what_would_be_refused_is_what_is_refused, ()) {
  const auto records = *generated_records(500);
  memory_state_store store(1);
  fold_state state(store.partition(partition_id{0}), partition_id{0});
  for_each_record(records, [&](const record_view& record, const event* ev) {
    const bool asked = ev != nullptr && is_room_event(*ev) && !ev->origin && !ev->room.empty() &&
                       !ev->actor.empty();
    const auto told = asked ? would_refuse(state, *ev) : std::nullopt;
    const verdict v = decide(state, record, ev);
    if (!asked) return;
    const bool of_the_rules =
        v.kind == verdict_kind::rejected && v.reason >= reject_reason::predecessor_missing;
    if (of_the_rules) RC_ASSERT(told == v.reason);
    if (v.kind == verdict_kind::accepted) RC_ASSERT(told == std::nullopt);
  });
}

// Or the properties would prove nothing.
TEST(model, the_generated_records_reach_every_verdict_and_reason) {
  std::map<int, int> kinds, reasons;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    memory_state_store store(1);
    fold_state state(store.partition(partition_id{0}), partition_id{0});
    const auto records = generated_records(1500)(rc::Random(seed), 100).value();
    for_each_record(records, [&](const record_view& record, const event* ev) {
      const verdict v = decide(state, record, ev);
      ++kinds[static_cast<int>(v.kind)];
      ++reasons[static_cast<int>(v.reason)];
    });
  }
  for (int k = 1; k <= 7; ++k) EXPECT_GT(kinds[k], 40) << to_string(static_cast<verdict_kind>(k));
  for (int r = 1; r <= 9; ++r)
    EXPECT_GT(reasons[r], 40) << to_string(static_cast<reject_reason>(r));
}

RC_GTEST_PROP(model, the_fold_on_rocksdb_decides_as_in_memory, ()) {
  const auto records = *generated_records(200);
  const auto commit_every = *rc::gen::inRange<std::size_t>(1, 60);
  temporary_directory dir;
  memory_state_store memory(1);
  auto rocks = open_rocks_state_store(dir.path(), {1, "e", 8 << 20});
  RC_ASSERT(rocks.has_value());
  const partition_id p{0};
  fold_state in_memory(memory.partition(p), p);
  fold_state on_disk((*rocks)->partition(p), p);
  for_each_record(records, [&](const record_view& record, const event* ev) {
    RC_ASSERT(decide(in_memory, record, ev) == decide(on_disk, record, ev));
    if (record.at.value % commit_every == 0) {
      on_disk.stage();
      (void)on_disk.forget_front();
      RC_ASSERT((*rocks)->commit(std::span(&p, 1)).has_value());
    }
  });
  RC_ASSERT(in_memory.standing().hash == on_disk.standing().hash);
  in_memory.stage();
  RC_ASSERT(memory.commit(std::span(&p, 1)).has_value());
  on_disk.stage();
  RC_ASSERT((*rocks)->commit(std::span(&p, 1)).has_value());
  RC_ASSERT(dump_of(memory) == dump_of(**rocks));
}

}  // namespace
}  // namespace roomlog::testing
