// The contract: what a trim removes, and what goes on meanwhile. Engines that cannot trim say so and
// remove nothing.
#include <atomic>
#include <thread>

#include "tests/log/contract.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

// Says whether this engine removes records; if not, that it refuses and changes nothing.
bool log_contract::can_trim(log& engine) {
  if (engine_->trims() == engine_under_test::trimming::done) return true;
  append_all(engine, p0, numbered(3));
  const auto refused = engine.trim(p0, offset{2});
  EXPECT_FALSE(refused);
  if (!refused) {
    EXPECT_EQ(refused.error().code, errc::unsupported);
    EXPECT_NE(refused.error().text.find("cannot be trimmed"), std::string::npos);
  }
  EXPECT_EQ(engine.bounds(p0).start, offset{0});
  EXPECT_EQ(read_from(engine, p0, offset{0}).size(), 4u);
  return false;
}

namespace {

void expect_removed(log& engine, partition_id partition, offset from, offset start) {
  const auto refused = engine.read(partition, from, 1000);
  ASSERT_FALSE(refused) << "offset " << from.value;
  EXPECT_EQ(refused.error().code, errc::out_of_range);
  EXPECT_NE(refused.error().text.find(" " + std::to_string(start.value)), std::string::npos)
      << refused.error().text;
}

}  // namespace

TEST_P(log_contract, a_trim_removes_what_is_below_and_nothing_else) {
  auto& engine = open();
  if (!can_trim(engine)) return;
  append_all(engine, p0, numbered(60));
  append_all(engine, p1, numbered(5));
  ASSERT_TRUE(engine.trim(p0, offset{41}));
  EXPECT_EQ(engine.bounds(p0).start, offset{41});
  EXPECT_EQ(engine.bounds(p0).end, offset{61});
  for (const std::uint64_t from : {0, 1, 40}) expect_removed(engine, p0, offset{from}, offset{41});
  const auto left = read_from(engine, p0, offset{41}, 40);
  ASSERT_EQ(left.size(), 20u);
  EXPECT_EQ(left.front().value, "value 40");
  EXPECT_EQ(left.front().at, offset{41});
  EXPECT_EQ(left.back().value, "value 59");
  EXPECT_EQ(engine.bounds(p1).start, offset{0});
  EXPECT_EQ(values_of(engine, p1), numbered(5));
}

// S2.2.3.4: the records of one append, and of one batch in memory, need not go together.
TEST_P(log_contract, a_trim_may_end_within_one_append) {
  auto& engine = open();
  if (!can_trim(engine)) return;
  append_answers answers;
  std::vector<append_entry> entries;
  for (const auto& value : numbered(10)) entries.push_back({"key", value});
  ASSERT_TRUE(answers.append(engine, p0, entries));
  ASSERT_TRUE(answers.wait());
  for (std::uint64_t below = 1; below <= 11; ++below) {
    ASSERT_TRUE(engine.trim(p0, offset{below}));
    EXPECT_EQ(engine.bounds(p0).start, offset{below});
    expect_removed(engine, p0, offset{below - 1}, offset{below});
    EXPECT_EQ(read_from(engine, p0, offset{below}).size(), 11 - below);
  }
}

TEST_P(log_contract, a_trim_at_the_start_or_below_it_changes_nothing) {
  auto& engine = open();
  ASSERT_TRUE(engine.trim(p0, offset{0}));
  EXPECT_EQ(engine.bounds(p0).start, offset{0});
  if (!can_trim(engine)) return;
  append_all(engine, p0, numbered(20));
  ASSERT_TRUE(engine.trim(p0, offset{11}));
  for (const std::uint64_t below : {11, 10, 0}) {
    ASSERT_TRUE(engine.trim(p0, offset{below}));
    EXPECT_EQ(engine.bounds(p0).start, offset{11});
  }
  EXPECT_EQ(read_from(engine, p0, offset{11}).size(), 10u);
}

TEST_P(log_contract, a_trim_above_the_end_or_of_no_partition_is_refused_and_removes_nothing) {
  auto& engine = open();
  append_all(engine, p0, numbered(3));
  const auto beyond = engine.trim(p0, offset{5});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, errc::out_of_range);
  EXPECT_NE(beyond.error().text.find("ends at 4"), std::string::npos) << beyond.error().text;
  EXPECT_EQ(engine.trim(partition_id{4}, offset{0}).error().code, errc::invalid);
  EXPECT_EQ(engine.bounds(p0).start, offset{0});
  EXPECT_EQ(values_of(engine, p0), numbered(3));
}

TEST_P(log_contract, a_partition_that_was_trimmed_to_its_end_goes_on_there) {
  auto& engine = open();
  if (!can_trim(engine)) return;
  append_all(engine, p0, numbered(30));
  std::atomic<std::uint64_t> seen{0};
  const auto following = engine.follow(p0, [&] { seen = engine.bounds(p0).end.value; });
  ASSERT_TRUE(engine.trim(p0, offset{31}));
  EXPECT_EQ(engine.bounds(p0).start, offset{31});
  EXPECT_EQ(engine.bounds(p0).end, offset{31});
  EXPECT_TRUE(engine.read(p0, offset{31}, 1000).value()->empty());
  expect_removed(engine, p0, offset{30}, offset{31});
  EXPECT_EQ(append_one(engine, p0, "next").value(), offset{31});
  EXPECT_TRUE(eventually([&] { return seen == 32; })) << "followers hear of what comes";
  EXPECT_EQ(read_from(engine, p0, offset{31}).at(0).value, "next");
}

TEST_P(log_contract, a_reader_in_the_middle_of_what_is_trimmed_keeps_its_batch_and_is_told) {
  auto& engine = open();
  if (!can_trim(engine)) return;
  append_all(engine, p0, numbered(100));
  const auto held = engine.read(p0, offset{10}, 100).value();
  ASSERT_LT(held->next_offset(), offset{80});
  ASSERT_TRUE(engine.trim(p0, offset{81}));
  for (std::size_t i = 0; i < held->size(); ++i) {
    EXPECT_EQ(as_text((*held)[i].value), "value " + std::to_string((*held)[i].at.value - 1));
  }
  expect_removed(engine, p0, held->next_offset(), offset{81});
  EXPECT_EQ(read_from(engine, p0, engine.bounds(p0).start, 100).size(), 20u);
}

// What a reader gets is the record of its offset, or the word that the partition begins later.
TEST_P(log_contract, appends_and_reads_go_on_while_prefixes_are_trimmed) {
  auto& engine = open();
  if (!can_trim(engine)) return;
  constexpr std::uint64_t count = 400;
  std::atomic<bool> wrong{false};
  std::atomic<bool> read_all{false};
  std::thread reader([&] {
    offset at = engine.bounds(p0).start;
    while (at < offset{count + 1} && !wrong) {
      const auto batch = engine.read(p0, at, 200);
      if (!batch && batch.error().code == errc::out_of_range) {
        const auto start = engine.bounds(p0).start;
        wrong = start <= at;
        at = start;
        continue;
      }
      if (!batch) wrong = true;
      for (std::size_t i = 0; batch && i < (*batch)->size(); ++i) {
        const auto record = (**batch)[i];
        if (record.at != at) wrong = true;
        if (at > offset{0} && as_text(record.value) != "value " + std::to_string(at.value - 1)) {
          wrong = true;
        }
        ++at;
      }
    }
    read_all = true;
  });
  append_answers answers;
  for (std::uint64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(answers.append(engine, p0, "value " + std::to_string(i)));
    if (i % 40 == 39) {
      EXPECT_TRUE(answers.wait());
      const auto end = engine.bounds(p0).end;
      EXPECT_TRUE(engine.trim(p0, offset{end.value - 20}));
      EXPECT_EQ(engine.bounds(p0).start, offset{end.value - 20});
    }
  }
  EXPECT_TRUE(eventually([&] { return read_all.load(); }));
  reader.join();
  EXPECT_FALSE(wrong);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(answers.answer(i).value(), offset{i + 1});
}

TEST_P(log_contract, a_trim_outlives_a_restart) {
  auto* engine = &open();
  if (!can_trim(*engine)) return;
  append_all(*engine, p0, numbered(30));
  append_all(*engine, p1, numbered(30));
  ASSERT_TRUE(engine->trim(p0, offset{21}));
  ASSERT_TRUE(engine->trim(p1, offset{31}));
  for (int restarts = 0; restarts < 2; ++restarts) {
    engine = &restart();
    EXPECT_EQ(engine->identity().epoch, "e1")
        << "though the descriptors of two partitions are gone";
    EXPECT_EQ(engine->bounds(p0).start, offset{21});
    EXPECT_EQ(engine->bounds(p0).end, offset{31});
    EXPECT_EQ(engine->bounds(p1).start, offset{31});
    expect_removed(*engine, p0, offset{20}, offset{21});
  }
  EXPECT_EQ(append_one(*engine, p1, "next").value(), offset{31});
  EXPECT_EQ(values_of(restart(), partition_id{2}), std::vector<std::string>());
}

TEST_P(log_contract, a_log_that_takes_no_appends_any_more_is_not_trimmed_either) {
  auto* engine = &open();
  append_all(*engine, p0, numbered(3));
  engine->close();
  const auto closed = engine->trim(p0, offset{2});
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, errc::closed);
  engine = &restart();
  EXPECT_EQ(engine->bounds(p0).start, offset{0});
  engine_->fail_writes();
  EXPECT_FALSE(append_one(*engine, p0, "fails"));
  EXPECT_TRUE(eventually([&] { return !engine->failure().empty(); }));
  EXPECT_EQ(engine->trim(p0, offset{2}).error().code, errc::unavailable);
  EXPECT_EQ(engine->bounds(p0).start, offset{0});
}

}  // namespace roomlog::testing
