// What the history view writes.
#include "projections/views/history_view.h"

#include <gtest/gtest.h>

#include "projections/fold/fold.h"
#include "projections/store/memory_state_store.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/worker/scripted_log.h"

namespace roomlog::testing {
namespace {

TEST(history_view, an_edit_or_a_deletion_writes_a_few_bytes_however_long_the_message_is) {
  const std::string large(12'000, 'x');
  std::vector<generated_record> records = {
      {encode(control_record(log_descriptor{"abc123", 1, 1})), timestamp{1}},
      {encode(fence("g", 1, 7)), timestamp{2}}};
  const auto add = [&](event e) {
    e.append = {"g", 1, 7, records.size() - 1};
    records.push_back({encode(e), timestamp{static_cast<std::int64_t>(records.size()) + 1}});
  };
  add(creates("ann", "c1"));
  add(says("ann", "c2", large));
  add(edits("ann", "c3", 2, "short"));
  add(deletes("ann", "c4", 2));
  scripted_log events(records);
  events.show(records.size());
  constexpr partition_id p0{0};
  memory_state_store store(1);
  auto& keys = store.partition(p0);
  fold_state fold(keys, p0);
  history_view view(keys, fold);
  const auto batch = *events.read(p0, offset{0}, 1 << 20);
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const record_view record = (*batch)[i];
    const auto ev = std::move(*decode(record.value));
    const verdict v = decide(fold, record, &ev);
    ASSERT_TRUE(i < 2 || v.kind == verdict_kind::accepted) << i;
    view.see(record, {record.at, record.append_time, v, ev});
    EXPECT_TRUE(i < 4 || keys.staged_bytes() < 2'000U) << "record " << i;
    ASSERT_TRUE(store.commit(std::span(&p0, 1)));
  }
  const auto standing = store.read(p0, standing_key(p0, room_id{0}, seq_no{2}));
  ASSERT_TRUE(standing.has_value());
  EXPECT_TRUE(message_standing::decode(*standing).deleted);
  EXPECT_EQ(message_standing::decode(*standing).last_edit, seq_no{3});
}

}  // namespace
}  // namespace roomlog::testing
