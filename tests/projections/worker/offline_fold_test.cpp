// A partition folded to an end without a service.
#include "projections/worker/offline_fold.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "projections/store/memory_state_store.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/store/store_dump.h"
#include "tests/projections/worker/scripted_log.h"
#include "tests/projections/worker/sent_messages.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

struct offline : ::testing::Test {
  offline() : events(messages(100)) {
    events.records_per_read = 7;
    events.show(events.size());
    wanted.views = all_views();
    wanted.on_batch = [this](const decided_batch_ptr& batch) {
      for (const decided_event& d : batch->events) decided.push_back(d.at.value);
      return decided.size() < most;
    };
  }
  store_dump in_one_go() {
    memory_state_store fresh(1);
    EXPECT_TRUE(fold_offline(events, fresh, {.partition = p0, .views = all_views()}));
    return dump_of(fresh);
  }

  scripted_log events;
  std::shared_ptr<memory_state> disk = make_memory_state(1);
  offline_fold wanted{.partition = p0};
  std::vector<std::uint64_t> decided;
  std::size_t most = 1'000;
};

TEST_F(offline, goes_to_the_end_as_it_was_when_it_began_and_commits) {
  memory_state_store store(disk);
  events.on_read = [this](offset from) {
    if (from.value > 50) events.show(events.size());
  };
  events.show(80);
  EXPECT_EQ(fold_offline(events, store, wanted).value(), offset{80});
  EXPECT_EQ(decided.size(), 80U);
  EXPECT_TRUE(std::ranges::is_sorted(decided));
  EXPECT_FALSE(dump_of(store).empty());
}

TEST_F(offline, goes_on_from_the_checkpoint_in_the_store) {
  wanted.until = offset{40};
  {
    memory_state_store store(disk);
    EXPECT_EQ(fold_offline(events, store, wanted).value(), offset{40});
  }
  wanted.until = std::nullopt;
  decided.clear();
  memory_state_store store(disk);
  EXPECT_EQ(fold_offline(events, store, wanted).value(), offset{100});
  EXPECT_EQ(decided.front(), 40U);
  EXPECT_EQ(decided.size(), 60U);
  EXPECT_EQ(dump_of(store), in_one_go());
}

TEST_F(offline, brings_views_up_that_are_behind) {
  memory_state_store store(disk);
  wanted.views.clear();
  ASSERT_TRUE(fold_offline(events, store, wanted));
  wanted.views = all_views();
  ASSERT_TRUE(fold_offline(events, store, wanted));
  EXPECT_EQ(decided.size(), 100U) << "none of them twice";
  EXPECT_EQ(dump_of(store), in_one_go());
}

TEST_F(offline, says_that_views_are_behind_where_the_log_does_not_answer_them) {
  memory_state_store store(disk);
  wanted.views.clear();
  ASSERT_TRUE(fold_offline(events, store, wanted));
  wanted.views = all_views();
  events.on_read = [this](offset from) { events.silent = from.value == 0; };
  EXPECT_EQ(fold_offline(events, store, wanted).error().code, errc::unavailable);
  events.on_read = [](offset) {};
  events.silent = false;
  ASSERT_TRUE(fold_offline(events, store, wanted));
  EXPECT_EQ(dump_of(store), in_one_go());
}

TEST_F(offline, ends_behind_the_batch_whose_callback_says_so) {
  memory_state_store store(disk);
  most = 20;
  EXPECT_EQ(fold_offline(events, store, wanted).value(), offset{21});
  EXPECT_EQ(decided.size(), 21U);
}

TEST_F(offline, says_what_stopped_it_and_keeps_what_was_decided) {
  events.damaged_at = 30;
  {
    memory_state_store store(disk);
    const auto stopped = fold_offline(events, store, wanted);
    EXPECT_EQ(stopped.error().code, errc::damaged);
    EXPECT_NE(stopped.error().text.find("offset 30"), std::string::npos);
  }
  events.damaged_at = static_cast<std::size_t>(-1);
  events.silent = true;
  memory_state_store store(disk);
  EXPECT_EQ(fold_offline(events, store, wanted).error().code, errc::unavailable);
  events.silent = false;
  EXPECT_EQ(fold_offline(events, store, wanted).value(), offset{100});
  EXPECT_EQ(decided.size(), 100U);
}

}  // namespace
}  // namespace roomlog::testing
