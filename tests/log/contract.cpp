#include "tests/log/contract.h"

#include <atomic>
#include <thread>

#include "log/log_stats.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing_log {

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

// An engine without figures cannot be asked how many groups it wrote.
std::uint64_t groups_of(const log& engine) {
  const auto* source = dynamic_cast<const log_stats_source*>(&engine);
  return source != nullptr ? source->stats().groups : 0;
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back("value " + std::to_string(i));
  return values;
}

void append_all(log& engine, partition_id partition, const std::vector<std::string>& values) {
  append_answers answers;
  for (const auto& value : values) ASSERT_TRUE(answers.append(engine, partition, value));
  ASSERT_TRUE(answers.wait());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_TRUE(answers.answer(i));
}

}  // namespace

TEST_P(log_contract, every_partition_begins_with_the_same_descriptor) {
  auto& engine = open();
  EXPECT_EQ(engine.identity(), (log_identity{"e1", 4, format_version_current}));
  ASSERT_EQ(engine.partitions(), 4u);
  for (partition_id p{0}; p.value < 4; ++p) {
    EXPECT_EQ(engine.bounds(p).start, offset{0});
    EXPECT_EQ(engine.bounds(p).end, offset{1});
    EXPECT_EQ(read_from(engine, p, offset{0}).at(0).value, "log e1 4 1");
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

TEST_P(log_contract, nothing_is_visible_or_answered_before_it_is_durable) {
  auto& engine = open();
  append_answers answers;
  engine_->hold_writes();
  ASSERT_TRUE(answers.append(engine, p0, "held"));
  ASSERT_TRUE(engine_->wait_until_held());
  EXPECT_EQ(answers.answered(), 0u);
  EXPECT_EQ(engine.bounds(p0).end, offset{1});
  EXPECT_TRUE(engine.read(p0, offset{1}, 1000).value()->empty());
  EXPECT_GT(engine.queued_bytes(), 0u);
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
  const auto before = groups_of(engine);
  for (const auto& value : numbered(500)) ASSERT_TRUE(answers.append(engine, p1, value));
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  EXPECT_LE(groups_of(engine) - before, 2u);
  EXPECT_EQ(values_of(engine, p1), numbered(500));
}

TEST_P(log_contract, a_group_is_bounded_in_bytes) {
  engine_under_test::settings small;
  small.group_bytes_max = 4000;
  auto& engine = open(small);
  append_answers answers;
  engine_->hold_writes();
  ASSERT_TRUE(answers.append(engine, p0, "first"));
  ASSERT_TRUE(engine_->wait_until_held());
  const auto before = groups_of(engine);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(answers.append(engine, p0, std::string(1000, 'x')));
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  if (before > 0) {
    EXPECT_GE(groups_of(engine) - before, 20u * 1000 / 4000);
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
  const std::vector<append_entry> sent{
      {"", ""}, {binary, binary}, {"k", std::string(5u << 20, 'x')}, {"k", "after"}};
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

TEST_P(log_contract, a_follower_hears_that_the_end_has_moved) {
  auto& engine = open();
  append_all(engine, p1, {"the notifications of the opening are through"});
  std::atomic<std::uint64_t> seen{0};
  std::atomic<int> other{0};
  const auto following = engine.follow(p0, [&] { seen = engine.bounds(p0).end.value; });
  const auto elsewhere = engine.follow(partition_id{2}, [&] { ++other; });
  append_all(engine, p0, numbered(10));
  EXPECT_TRUE(eventually([&] { return seen == 11; }));
  EXPECT_EQ(other, 0);
}

TEST_P(log_contract, a_follower_that_is_gone_hears_nothing) {
  auto& engine = open();
  append_all(engine, p1, {"the notifications of the opening are through"});
  std::atomic<int> heard{0};
  std::atomic<int> witness{0};
  auto following = engine.follow(p0, [&] { ++heard; });
  const auto staying = engine.follow(p0, [&] { ++witness; });
  append_all(engine, p0, {"a"});
  ASSERT_TRUE(eventually([&] { return witness == 1; }));
  following.reset();
  const int before = heard;
  append_all(engine, p0, {"b"});
  EXPECT_TRUE(eventually([&] { return witness == 2; }));
  EXPECT_EQ(heard, before);
}

TEST_P(log_contract, followers_come_and_go_while_records_arrive) {
  auto& engine = open();
  std::atomic<bool> stop{false};
  std::thread coming_and_going([&] {
    while (!stop) {
      std::atomic<int> heard{0};
      const auto following = engine.follow(p0, [&] { ++heard; });
    }
  });
  append_all(engine, p0, numbered(200));
  stop = true;
  coming_and_going.join();
  EXPECT_EQ(values_of(engine, p0).size(), 200u);
}

TEST_P(log_contract, close_answers_what_waits_and_then_refuses_appends_but_not_reads) {
  auto& engine = open();
  std::atomic<int> heard{0};
  const auto following = engine.follow(p1, [&] { ++heard; });
  append_answers answers;
  engine_->hold_writes();
  ASSERT_TRUE(answers.append(engine, p0, "first"));
  ASSERT_TRUE(engine_->wait_until_held());
  for (const auto& value : numbered(20)) ASSERT_TRUE(answers.append(engine, p0, value));
  std::thread closing([&] { engine.close(); });
  engine_->release_writes();
  closing.join();
  EXPECT_EQ(answers.answered(), 21u);
  for (std::size_t i = 0; i < 21; ++i) EXPECT_TRUE(answers.answer(i));
  EXPECT_GE(heard, 1);

  EXPECT_EQ(answers.append(engine, p0, "late").error().code, errc::closed);
  EXPECT_EQ(values_of(engine, p0).size(), 21u);
  engine.close();
  EXPECT_EQ(engine.failure(), "");
}

TEST_P(log_contract, a_full_queue_refuses_without_a_trace_and_takes_again_once_it_is_drained) {
  engine_under_test::settings small;
  small.append_queue_bytes_max = 20'000;
  auto& engine = open(small);
  EXPECT_EQ(engine.queue_bytes_max(), 20'000u);
  append_answers answers;
  engine_->hold_writes();
  std::size_t accepted = 0;
  result<> last;
  while (accepted < 100 && (last = answers.append(engine, p0, std::string(1000, 'x')))) ++accepted;
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, errc::full);
  EXPECT_NE(last.error().text.find("append_queue_bytes_max is 20000"), std::string::npos);
  EXPECT_GE(accepted, 10u);
  EXPECT_LE(accepted, 20u);
  EXPECT_LE(engine.queued_bytes(), 20'000u);
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  EXPECT_TRUE(eventually([&] { return engine.queued_bytes() == 0; }));
  EXPECT_EQ(answers.answered(), accepted);
  EXPECT_TRUE(append_one(engine, p0, "again"));
  EXPECT_EQ(values_of(engine, p0).size(), accepted + 1);
}

TEST_P(log_contract, a_failed_write_stops_appends_for_good_and_answers_everyone) {
  auto& engine = open();
  append_all(engine, p0, {"before"});
  std::atomic<int> heard{0};
  const auto following = engine.follow(p1, [&] { ++heard; });
  append_answers in_group;
  append_answers waiting;
  engine_->hold_writes();
  ASSERT_TRUE(in_group.append(engine, p0, "in the group"));
  ASSERT_TRUE(engine_->wait_until_held());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(waiting.append(engine, p1, "never written"));
  engine_->fail_writes();
  engine_->release_writes();
  ASSERT_TRUE(in_group.wait());
  ASSERT_TRUE(waiting.wait());
  EXPECT_EQ(in_group.answer(0).error().code, errc::unknown_outcome);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(waiting.answer(i).error().code, errc::unavailable);
  }
  EXPECT_TRUE(eventually([&] { return heard >= 1; }));
  EXPECT_FALSE(in_group.any_twice() || waiting.any_twice());

  EXPECT_EQ(waiting.append(engine, p0, "later").error().code, errc::unavailable);
  EXPECT_NE(engine.failure(), "");
  EXPECT_EQ(values_of(engine, p0), std::vector<std::string>{"before"});
  EXPECT_EQ(engine.bounds(p1).end, offset{1});
  EXPECT_TRUE(eventually([&] { return engine.queued_bytes() == 0; }));
}

TEST_P(log_contract, a_restart_keeps_identity_and_records_and_goes_on_at_the_end) {
  auto* engine = &open();
  append_all(*engine, p0, {"a", "b"});
  append_all(*engine, p1, {"c"});
  engine_under_test::settings other_life;
  other_life.epoch = "e2";
  for (int restarts = 0; restarts < 3; ++restarts) {
    engine = &restart(other_life);
    EXPECT_EQ(engine->identity().epoch, "e1");
    EXPECT_EQ(engine->bounds(p0).start, offset{0});
  }
  EXPECT_EQ(values_of(*engine, p0), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(append_one(*engine, p0, "d").value(), offset{3});
  EXPECT_EQ(append_one(*engine, p1, "e").value(), offset{2});
  EXPECT_EQ(values_of(restart(), p1), (std::vector<std::string>{"c", "e"}));
}

TEST_P(log_contract, append_times_follow_the_clock_but_never_go_back) {
  auto* engine = &open();
  const auto before = engine_->clock.now();
  append_all(*engine, p0, {"a"});
  engine_->clock.advance(std::chrono::seconds(10));
  append_all(*engine, p0, {"b"});
  engine_->clock.advance(std::chrono::seconds(-5));
  append_all(*engine, p0, {"c"});
  append_all(*engine, p1, {"other"});
  engine = &restart();
  append_all(*engine, p0, {"d"});
  const auto records = read_from(*engine, p0, offset{1});
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].append_time, before);
  EXPECT_EQ(records[1].append_time.value, before.value + 10'000'000);
  EXPECT_EQ(records[2].append_time.value, before.value + 10'000'000);
  EXPECT_EQ(records[3].append_time.value, before.value + 10'000'000);
  EXPECT_EQ(read_from(*engine, p1, offset{1}).at(0).append_time.value, before.value + 5'000'000);
}

TEST_P(log_contract, another_number_of_partitions_is_refused_and_both_are_named) {
  open();
  log_->close();
  log_.reset();
  engine_under_test::settings other;
  other.partitions = 7;
  const auto refused = engine_->open(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
  EXPECT_NE(refused.error().text.find("4"), std::string::npos);
  EXPECT_NE(refused.error().text.find("7"), std::string::npos);
  other.partitions.reset();
  EXPECT_EQ(open(other).partitions(), 4u);
}

}  // namespace roomlog::testing_log
