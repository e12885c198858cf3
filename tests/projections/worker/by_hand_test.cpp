// A fold service without threads: everything happens within step(), on the caller's thread.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "log/memory_log.h"
#include "log/partitioner.h"
#include "projections/worker/fold_service.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

constexpr std::uint32_t partitions = 2;

class by_hand : public ::testing::TestWithParam<bool> {
 protected:
  by_hand() {
    memory_log_options options;
    options.wanted = {partitions, "abc123"};
    options.codec = &descriptor_codec();
    events_ = std::move(*open_memory_log(options));
    open();
  }
  ~by_hand() override {
    service_.reset();
    events_->close();
  }
  void open() {
    service_.reset();
    fold_service_options options;
    options.cache_bytes = 8 << 20;
    options.wait_max = std::chrono::hours(1);  // a call that waits does not come back
    if (GetParam()) {
      service_ = std::move(*open_fold_service(*events_, dir_.path(), options));
    } else {
      service_ = make_memory_fold_service(*events_, options);
    }
    service_->subscribe([this](const decided_batch_ptr& batch) {
      threads_.insert(std::this_thread::get_id());
      for (const decided_event& d : batch->events) ++verdicts_[d.decision.kind];
    });
  }
  void append(event e) {
    auto& number = numbers_[partition_of(e.room, partitions).value];
    if (number == 0) put(e.room, fence("gateway-1", 1, 77));
    e.append = {"gateway-1", 1, 77, ++number};
    put(e.room, e);
  }
  void put(std::string_view room, const event& e) {
    ASSERT_TRUE(events_->append(partition_of(room, partitions), {{std::string(room), encode(e)}},
                                [this](const append_result&) { ++appended_; }));
    ++given_;
    while (appended_ < given_) std::this_thread::yield();  // the log's own thread
  }
  std::size_t steps() {
    std::size_t n = 0;
    while (service_->step()) ++n;
    return n;
  }

  temporary_directory dir_;
  std::unique_ptr<log> events_;
  std::unique_ptr<fold_service> service_;
  std::map<std::uint32_t, std::uint64_t> numbers_;
  std::atomic<int> appended_{0};
  int given_ = 0;
  std::set<std::thread::id> threads_;
  std::map<verdict_kind, int> verdicts_;
};

INSTANTIATE_TEST_SUITE_P(both, by_hand, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "rocks" : "memory"; });

TEST_P(by_hand, nothing_is_decided_before_a_step_and_all_of_it_by_steps) {
  append(creates("ann", "c1"));
  append(creates("ann", "c1", "t/other"));
  append(says("ann", "c2", "hello"));
  EXPECT_TRUE(verdicts_.empty());
  EXPECT_EQ(service_->lookup().find_room(open_room).error().code, errc::not_found);
  EXPECT_GE(steps(), 1U);
  EXPECT_EQ(verdicts_[verdict_kind::accepted], 3);
  EXPECT_EQ(threads_, std::set{std::this_thread::get_id()});
  EXPECT_EQ(service_->lookup().find_room(open_room)->head, seq_no{2});
  for (const fold_status& p : service_->status()) EXPECT_EQ(p.committed, p.log_end);
}

TEST_P(by_hand, watermarks_that_moved_are_published_with_their_record) {
  std::vector<std::string> moved;
  service_->subscribe([&](const decided_batch_ptr& batch) {
    std::size_t bytes = 0;
    for (const decided_event& d : batch->events) {
      bytes += d.steps.capacity() * sizeof(watermark_step);
      for (const watermark_step& s : d.steps) {
        EXPECT_EQ(d.decision.kind, verdict_kind::advanced);
        moved.push_back(std::string(s.user) + " " + std::to_string(s.read_before.value) + " to " +
                        std::to_string(s.read.value));
      }
    }
    EXPECT_EQ(batch->steps_bytes, bytes);
  });
  append(creates("ann", "c1"));
  append(says("ann", "c2", "hello"));
  append(advances({{"ann", 2, 1}, {"bob", 1, 1}}));
  append(advances({{"ann", 1, 1}}));
  append(advances({{"ann", 0, 2}}));
  steps();
  EXPECT_EQ(moved, (std::vector<std::string>{"ann 0 to 1", "ann 1 to 2"}));
  EXPECT_EQ(verdicts_[verdict_kind::advanced], 3);
}

TEST_P(by_hand, a_query_between_two_steps_commits_what_it_has_to_see) {
  append(creates("ann", "c1"));
  ASSERT_TRUE(service_->step());
  const auto of = partition_of(open_room, partitions).value;
  EXPECT_EQ(service_->status()[of].committed.value, 0U);
  const auto page = service_->history().page(open_room, {});
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->entries.size(), 1U);
  EXPECT_EQ(service_->status()[of].committed, service_->status()[of].position);
  EXPECT_EQ(service_->history().rooms_of("t", "ann", {})->rooms.size(), 1U);
}

TEST_P(by_hand, a_question_waits_for_the_step_that_reaches_its_offset) {
  const partition_id of = partition_of(open_room, partitions);
  append(creates("ann", "c1"));
  int level = 0, late = 0;
  service_->lookup().when_level(of, [&](const result<>& r) { level += r ? 1 : 100; });
  service_->lookup().when_folded(of, offset{99}, [&](const result<>& r) {
    late += !r && r.error().code == errc::timeout ? 1 : 100;
  });
  EXPECT_EQ(level, 0);
  (void)steps();
  EXPECT_EQ(level, 1);
  service_->tick(std::chrono::hours(1));
  service_->tick(std::chrono::hours(3));
  EXPECT_EQ(late, 1);
}

TEST_P(by_hand, a_service_that_ends_between_two_steps_keeps_what_was_decided) {
  if (!GetParam()) GTEST_SKIP() << "the state in memory begins anew";
  append(creates("ann", "c1"));
  ASSERT_TRUE(service_->step());
  open();
  EXPECT_EQ(service_->lookup().find_room(open_room)->head, seq_no{1});
  EXPECT_EQ(steps(), 0U);
}

}  // namespace
}  // namespace roomlog::testing
