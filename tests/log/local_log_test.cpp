// The way of a group, step by step, on a store that fails as told.
#include "log/local_log.h"

#include <gtest/gtest.h>

#include "tests/log/log_helpers.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

// What it was asked to do, and hooks for what the world looks like meanwhile.
struct store_under_test final : record_store {
  struct controls {
    std::vector<std::string> calls;  // "write 3", "note 2 1": the records, the ends
    std::function<result<>()> on_write = [] { return result<>{}; };
    std::function<result<>()> on_note = [] { return result<>{}; };
  };
  explicit store_under_test(controls& by) : by_(by) {}

  result<> write(std::span<const pending_append> group) override {
    std::size_t records = 0;
    for (const auto& one : group) records += one.entries.size();
    by_.calls.push_back("write " + std::to_string(records));
    return by_.on_write();
  }
  result<> note_ends(std::span<const offset> ends) override {
    std::string call = "note";
    for (const auto end : ends) call += " " + std::to_string(end.value);
    by_.calls.push_back(call);
    return by_.on_note();
  }
  offset start(partition_id) const override { return offset{0}; }
  result<std::shared_ptr<const record_batch>> read(partition_id, offset, offset,
                                                   std::size_t) override {
    return error{errc::damaged, "nothing is stored"};
  }
  result<> trim(partition_id, offset) override { return {}; }
  void add_stats(log_stats&) const override {}

  controls& by_;
};

struct local_log_test : ::testing::Test {
  // Groups are committed by hand.
  std::unique_ptr<local_log> open() {
    std::vector<local_log::partition_head> heads;
    for (int i = 0; i < 2; ++i) {
      heads.push_back({std::make_shared<tail>(offset{0}, std::size_t{1} << 20), {}});
      tails.push_back(heads.back().recent);
    }
    return std::make_unique<local_log>(std::make_unique<store_under_test>(store), std::move(heads),
                                       local_log_options{1 << 20, 1 << 20}, clock);
  }
  bool nothing_is_visible(log& events, partition_id in) {
    const auto at_end = events.read(in, offset{0}, 1000);
    return events.bounds(in).end == offset{0} && tails[in.value]->bytes() == 0 && at_end &&
           (*at_end)->empty();
  }

  const system_clock_source clock;
  store_under_test::controls store;
  std::vector<std::shared_ptr<tail>> tails;
};

TEST_F(local_log_test, a_group_is_written_then_noted_then_seen_then_answered_then_told) {
  const auto events = open();
  const auto step = [&](const char* name) { store.calls.emplace_back(name); };
  const auto following = events->follow(p1, [&] { step("told"); });
  append_answers answers;
  const auto nobody_knows = [&] {
    EXPECT_TRUE(nothing_is_visible(*events, p1));
    EXPECT_EQ(answers.answered(), 0u);
    EXPECT_GT(events->load(p0).bytes, 0u);
    return result<>{};
  };
  store.on_write = store.on_note = nobody_knows;
  ASSERT_TRUE(answers.append(*events, p0, "a"));
  ASSERT_TRUE(events->append(p1, {{"", "b"}, {"", "c"}}, [&](const append_result& at) {
    EXPECT_EQ(at.value(), offset{0});
    EXPECT_EQ(events->bounds(p1).end, offset{2});
    EXPECT_GT(events->load(p0).bytes, 0u) << "what is answered now has not gone yet";
    step("answered");
  }));
  EXPECT_TRUE(events->write_one_group());
  EXPECT_EQ(store.calls, (std::vector<std::string>{"write 3", "note 1 2", "answered", "told"}));
  EXPECT_EQ(events->load(p0).bytes, 0u);

  store.calls.clear();
  store.on_write = store.on_note = [] { return result<>{}; };
  ASSERT_TRUE(answers.append(*events, p0, "d"));
  EXPECT_TRUE(events->write_one_group());
  EXPECT_EQ(store.calls, (std::vector<std::string>{"write 1", "note 2 2"}))
      << "ends of the partitions that had nothing, too";
}

// The records may be there after a restart: what is visible could be missed by nobody.
TEST_F(local_log_test, nothing_is_visible_when_noting_its_end_failed) {
  const auto events = open();
  append_answers in_group, waiting;
  bool told = false;
  const auto following = events->follow(p1, [&] { told = true; });
  store.on_note = [&]() -> result<> {
    EXPECT_TRUE(waiting.append(*events, p1, "never written"));
    return error{errc::io, "the high-water file cannot be written"};
  };
  ASSERT_TRUE(in_group.append(*events, p0, "a"));
  EXPECT_TRUE(events->write_one_group());
  EXPECT_EQ(store.calls, (std::vector<std::string>{"write 1", "note 1 0"}));
  EXPECT_EQ(in_group.answer(0).error().code, errc::unknown_outcome);
  EXPECT_EQ(waiting.answer(0).error().code, errc::unavailable);
  EXPECT_TRUE(nothing_is_visible(*events, p0));
  EXPECT_TRUE(nothing_is_visible(*events, p1));
  EXPECT_TRUE(told) << "that appends have stopped";
  EXPECT_NE(events->failure().find("the high-water file cannot be written"), std::string::npos)
      << events->failure();
  EXPECT_EQ(events->load(p0).bytes, 0u);

  EXPECT_EQ(waiting.append(*events, p0, "later").error().code, errc::unavailable);
  EXPECT_FALSE(events->write_one_group());
  EXPECT_EQ(store.calls.size(), 2u) << "no write follows one whose outcome is unknown";
  EXPECT_FALSE(in_group.any_twice() || waiting.any_twice());
}

TEST_F(local_log_test, after_a_write_that_failed_no_end_is_noted) {
  const auto events = open();
  append_answers answers;
  store.on_write = [] { return result<>{error{errc::io, "no space"}}; };
  ASSERT_TRUE(answers.append(*events, p0, "a"));
  EXPECT_TRUE(events->write_one_group());
  EXPECT_EQ(store.calls, std::vector<std::string>{"write 1"});
  EXPECT_EQ(answers.answer(0).error().code, errc::unknown_outcome);
  EXPECT_TRUE(nothing_is_visible(*events, p0));
}

TEST_F(local_log_test, counts_what_it_has_written) {
  const auto events = open();
  append_answers answers;
  ASSERT_TRUE(answers.append(*events, p0, {{"key", "value"}, {"k", "v"}}));
  ASSERT_TRUE(answers.append(*events, p1, {{"", "other"}}));
  EXPECT_TRUE(events->write_one_group());
  EXPECT_TRUE(events->read(p0, offset{0}, 1000));
  const auto stats = events->stats();
  EXPECT_EQ(stats.groups, 1u);
  EXPECT_EQ(stats.appends, 2u);
  EXPECT_EQ(stats.records, 3u);
  EXPECT_EQ(stats.bytes, 3u + 5 + 1 + 1 + 5);
  EXPECT_EQ(stats.group_write.count, 1u);
  EXPECT_EQ(stats.tail_reads, 1u);
  EXPECT_EQ(stats.storage_reads, 0u);
  EXPECT_EQ(stats.tail_bytes, tails[0]->bytes() + tails[1]->bytes());
}

}  // namespace
}  // namespace roomlog::testing
