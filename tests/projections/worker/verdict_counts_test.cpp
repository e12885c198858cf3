#include "projections/worker/verdict_counts.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

decided_event decided(verdict_kind kind, event_facts facts) {
  decided_event d{};
  d.decision.kind = kind;
  d.ev.facts = std::move(facts);
  return d;
}

// Other numbers for each count, so that none passes for another.
TEST(verdict_counts, tells_each_kind_apart_and_counts_unknown_controls_as_ignored) {
  decided_batch batch{};
  for (int i = 0; i < 5; ++i) {
    batch.events.push_back(decided(verdict_kind::accepted, message_posted{}));
  }
  for (const auto kind :
       {verdict_kind::duplicate, verdict_kind::stale_append, verdict_kind::conflict,
        verdict_kind::rejected, verdict_kind::out_of_order, verdict_kind::advanced}) {
    batch.events.push_back(decided(kind, message_posted{}));
  }
  batch.events.push_back(decided(verdict_kind::control, unknown_body{99}));
  batch.events.push_back(decided(verdict_kind::control, gateway_fence{}));
  verdict_counts counts;
  counts.add(batch);
  counts.add(batch);
  fold_status status;
  counts.fill(status);
  EXPECT_EQ(status.accepted, 10);
  EXPECT_EQ(status.duplicates, 4);
  EXPECT_EQ(status.rejected, 6);
  EXPECT_EQ(status.ignored, 2);
}

}  // namespace
}  // namespace roomlog::testing
