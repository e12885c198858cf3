// The contract: what is appended and what is read.
#include "tests/log/contract.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "log/log_stats.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

log& log_contract::open(const engine_under_test::settings& with) {
  log_ = engine_->open(with).value();
  return *log_;
}

log& log_contract::restart(const engine_under_test::settings& with) {
  log_->close();
  log_.reset();
  return open(with);
}

namespace {

std::vector<append_entry> entries(std::initializer_list<const char*> values) {
  std::vector<append_entry> all;
  for (const auto* value : values) all.push_back({"key", value});
  return all;
}

}  // namespace

TEST_P(log_contract, every_partition_begins_with_the_same_descriptor) {
  auto& engine = open();
  EXPECT_EQ(engine.identity(), (log_identity{"e1", 4, format_version_current}));
  ASSERT_EQ(engine.partitions(), 4u);
  for (partition_id p{0}; p.value < 4; ++p) {
    EXPECT_EQ(engine.bounds(p).start, offset{0});
    EXPECT_EQ(engine.bounds(p).end, offset{1});
    EXPECT_EQ(read_from(engine, p, offset{0}).at(0).value, "log e1 4 2");
  }
}

TEST_P(log_contract, appends_are_read_back_in_order_at_the_offsets_that_were_answered) {
  auto& engine = open();
  append_answers answers;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(answers.append(engine, p1, "value " + std::to_string(i)));
  }
  ASSERT_TRUE(answers.wait());
  const auto records = read_from(engine, p1, offset{1});
  ASSERT_EQ(records.size(), 300u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(answers.answer(i).value(), records[i].at);
    EXPECT_EQ(records[i].at, offset{i + 1});
    EXPECT_EQ(records[i].value, "value " + std::to_string(i));
    EXPECT_EQ(records[i].key, "key");
  }
  EXPECT_FALSE(answers.any_twice());
}

TEST_P(log_contract, one_append_of_several_records_is_answered_with_the_offset_of_the_first) {
  auto& engine = open();
  append_answers answers;
  ASSERT_TRUE(answers.append(engine, p0, entries({"a", "b", "c"})));
  ASSERT_TRUE(answers.append(engine, p0, entries({"d"})));
  ASSERT_TRUE(answers.wait());
  EXPECT_EQ(answers.answer(0).value(), offset{1});
  EXPECT_EQ(answers.answer(1).value(), offset{4});
  EXPECT_EQ(values_of(engine, p0), (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST_P(log_contract, partitions_have_offsets_of_their_own) {
  auto& engine = open();
  EXPECT_EQ(append_one(engine, p0, "a").value(), offset{1});
  EXPECT_EQ(append_one(engine, p1, "b").value(), offset{1});
  EXPECT_EQ(append_one(engine, p1, "c").value(), offset{2});
  EXPECT_EQ(values_of(engine, p0), std::vector<std::string>{"a"});
  EXPECT_EQ(values_of(engine, p1), (std::vector<std::string>{"b", "c"}));
}

TEST_P(log_contract, appends_of_one_thread_keep_their_order_among_those_of_others) {
  auto& engine = open();
  constexpr int threads = 4;
  constexpr int each = 250;
  append_answers answers;
  std::atomic<int> refused{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const auto value = std::to_string(t) + ":" + std::to_string(i);
        if (!answers.append(engine, p0, value)) ++refused;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  ASSERT_TRUE(answers.wait());
  EXPECT_EQ(refused, 0);
  EXPECT_FALSE(answers.any_twice());
  std::vector<int> next(threads, 0);
  const auto values = values_of(engine, p0);
  ASSERT_EQ(values.size(), static_cast<std::size_t>(threads * each));
  for (const auto& value : values) {
    const auto t = static_cast<std::size_t>(value[0] - '0');
    EXPECT_EQ(value.substr(2), std::to_string(next[t]++));
  }
}

// S1.6, S2.2.3.1, S4.8, conflict 3, conflict 17
TEST_P(log_contract, nothing_is_visible_or_answered_before_it_is_durable) {
  auto& engine = open();
  append_answers answers;
  engine_->hold_writes();
  ASSERT_TRUE(answers.append(engine, p0, "held"));
  ASSERT_TRUE(engine_->wait_until_held());
  EXPECT_EQ(answers.answered(), 0u);
  EXPECT_EQ(engine.bounds(p0).end, offset{1});
  EXPECT_TRUE(engine.read(p0, offset{1}, 1000).value()->empty());
  EXPECT_GT(engine.load(p0).bytes, 0u);
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  EXPECT_EQ(answers.answer(0).value(), offset{1});
  EXPECT_EQ(engine.bounds(p0).end, offset{2});
  EXPECT_EQ(values_of(engine, p0), std::vector<std::string>{"held"});
}

TEST_P(log_contract, an_answered_record_is_already_visible) {
  auto& engine = open();
  std::atomic<int> answered{0};
  std::atomic<int> unseen{0};
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(engine.append(p0, entries({"a"}), [&](append_result at) {
      if (!at || engine.bounds(p0).end <= *at) ++unseen;
      const auto batch = engine.read(p0, at.value(), 1);
      if (!batch || (*batch)->empty()) ++unseen;
      ++answered;
    }));
  }
  EXPECT_TRUE(eventually([&] { return answered == 50; }));
  EXPECT_EQ(unseen, 0);
}

TEST_P(log_contract, appends_that_wait_during_a_write_become_one_group) {
  auto& engine = open();
  append_answers answers;
  engine_->hold_writes();
  ASSERT_TRUE(answers.append(engine, p0, "first"));
  ASSERT_TRUE(engine_->wait_until_held());
  const auto before = engine.stats().groups;
  for (const auto& value : numbered(500)) ASSERT_TRUE(answers.append(engine, p1, value));
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  EXPECT_LE(engine.stats().groups - before, 2u);
  EXPECT_EQ(values_of(engine, p1), numbered(500));
}

// S3.2, S3.20, conflict 3: no linger worth the name. The fastest of some, so that a busy machine
// does not matter.
TEST_P(log_contract, an_append_waits_for_no_company) {
  auto& engine = open();
  auto fastest = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(append_one(engine, p0, "alone"));
    fastest = std::min(fastest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_LT(fastest, std::chrono::milliseconds(100));
}

TEST_P(log_contract, a_group_is_bounded_in_bytes) {
  engine_under_test::settings small;
  small.group_bytes_max = 4000;
  auto& engine = open(small);
  append_answers answers;
  engine_->hold_writes();
  ASSERT_TRUE(answers.append(engine, p0, "first"));
  ASSERT_TRUE(engine_->wait_until_held());
  const auto before = engine.stats().groups;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(answers.append(engine, p0, std::string(1000, 'x')));
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  if (before > 0) {
    EXPECT_GE(engine.stats().groups - before, 20u * 1000 / 4000);
  }
  EXPECT_EQ(values_of(engine, p0).size(), 21u);
}

TEST_P(log_contract, reads_begin_at_any_offset) {
  auto& engine = open();
  append_all(engine, p0, numbered(60));
  for (std::uint64_t from = 1; from <= 61; ++from) {
    for (const std::size_t bytes_max : {std::size_t{1}, std::size_t{40}, std::size_t{1} << 20}) {
      const auto records = read_from(engine, p0, offset{from}, bytes_max);
      ASSERT_EQ(records.size(), 61 - from);
      for (std::size_t i = 0; i < records.size(); ++i) {
        ASSERT_EQ(records[i].at, offset{from + i});
        ASSERT_EQ(records[i].value, "value " + std::to_string(from + i - 1));
      }
    }
  }
}

TEST_P(log_contract, a_read_gives_at_least_one_record_and_about_as_much_as_was_asked_for) {
  auto& engine = open();
  std::vector<std::string> values(40, std::string(1000, 'x'));
  append_all(engine, p0, values);
  EXPECT_EQ(engine.read(p0, offset{1}, 1).value()->size(), 1u);
  const auto batch = engine.read(p0, offset{1}, 10'000).value();
  EXPECT_GE(batch->size(), 5u);
  EXPECT_LE(batch->size(), 10u);
  EXPECT_EQ(batch->next_offset(), offset{1 + batch->size()});
}

TEST_P(log_contract, a_read_at_the_end_is_empty_and_one_beyond_it_is_out_of_range) {
  auto& engine = open();
  append_all(engine, p0, numbered(3));
  const auto at_end = engine.read(p0, offset{4}, 1000).value();
  EXPECT_TRUE(at_end->empty());
  EXPECT_EQ(at_end->next_offset(), offset{4});
  const auto beyond = engine.read(p0, offset{5}, 1000);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, errc::out_of_range);
}

TEST_P(log_contract, values_lie_at_multiples_of_sixteen) {
  auto& engine = open();
  append_all(engine, p0, numbered(50));
  const auto batch = engine.read(p0, offset{1}, 1 << 20).value();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>((*batch)[i].value.data()) % 16, 0u);
  }
}

TEST_P(log_contract, any_bytes_are_kept_empty_and_large_ones_too) {
  auto& engine = open();
  const std::string binary("\0\xff\n\x80", 4);
  const std::vector<append_entry> sent{{"", ""},
                                       {binary, binary},
                                       {"k", "traced", "00-4bf9-00f0-01"},
                                       {"k", std::string(5u << 20, 'x')},
                                       {"k", "after"}};
  append_answers answers;
  for (const auto& entry : sent) ASSERT_TRUE(answers.append(engine, p0, {entry}));
  ASSERT_TRUE(answers.wait());
  const auto records = read_from(engine, p0, offset{1});
  ASSERT_EQ(records.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(records[i].key, sent[i].key);
    EXPECT_TRUE(records[i].value == sent[i].value);
  }
}

TEST_P(log_contract, an_append_without_records_or_to_no_partition_is_invalid) {
  auto& engine = open();
  append_answers answers;
  EXPECT_EQ(answers.append(engine, p0, std::vector<append_entry>()).error().code, errc::invalid);
  EXPECT_EQ(answers.append(engine, partition_id{4}, "x").error().code, errc::invalid);
  EXPECT_EQ(engine.read(partition_id{4}, offset{0}, 1).error().code, errc::invalid);
}

}  // namespace roomlog::testing
