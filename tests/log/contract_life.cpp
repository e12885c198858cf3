// The contract: following, closing, full queues, failed writes, restarts.
#include <atomic>
#include <thread>

#include "tests/log/contract.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

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
  EXPECT_EQ(engine.load(p0).bytes_max, 20'000u);
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
  EXPECT_LE(engine.load(p0).bytes, 20'000u);
  engine_->release_writes();
  ASSERT_TRUE(answers.wait());
  EXPECT_TRUE(eventually([&] { return engine.load(p0).bytes == 0; }));
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
  EXPECT_TRUE(eventually([&] { return engine.load(p0).bytes == 0; }));
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

// The storage has a clock of its own, good to the millisecond: records lie between their append and
// its answer, and do not go back.
void log_contract::expect_times_of_storage() {
  const system_clock_source clock;
  const auto began = clock.now();
  auto* engine = &open();
  append_all(*engine, p0, {"a", "b"});
  engine = &restart();
  const auto between = clock.now();
  append_all(*engine, p0, {"c"});
  const auto records = read_from(*engine, p0, offset{0});
  ASSERT_EQ(records.size(), 4u);
  auto last = began.value / 1000 * 1000;
  for (const auto& record : records) {
    EXPECT_GE(record.append_time.value, last);
    last = record.append_time.value;
  }
  EXPECT_LE(records[2].append_time, between);
  EXPECT_GE(records[3].append_time.value, between.value / 1000 * 1000);
  EXPECT_LE(records[3].append_time, clock.now());
}

TEST_P(log_contract, append_times_follow_the_clock_but_never_go_back) {
  if (engine_->times() == engine_under_test::append_times::of_storage) {
    return expect_times_of_storage();
  }
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

}  // namespace roomlog::testing
