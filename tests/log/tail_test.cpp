#include "log/tail.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr std::size_t plenty = std::size_t{1} << 20;

std::string value_at(offset at) {
  return "value " + std::to_string(at.value);
}

std::shared_ptr<const record_batch> make_batch(offset from, std::size_t records,
                                               std::size_t padding = 0) {
  record_batch_builder builder(p0, from);
  for (std::size_t i = 0; i < records; ++i) {
    const offset at{from.value + i};
    builder.add(at, timestamp{static_cast<std::int64_t>(at.value)}, "k",
                as_byte_view(value_at(at) + std::string(padding, '.')));
  }
  return builder.finish();
}

TEST(tail, is_empty_at_its_first_position) {
  const tail recent(offset{5}, plenty);
  EXPECT_EQ(recent.begin(), offset{5});
  EXPECT_EQ(recent.end(), offset{5});
  EXPECT_EQ(recent.bytes(), 0u);
  EXPECT_EQ(recent.last_append_time(), timestamp{});
  EXPECT_TRUE(recent.read(p0, offset{5}, plenty)->empty());
  EXPECT_EQ(recent.read(p0, offset{4}, plenty), nullptr);
}

TEST(tail, shares_a_batch_by_pointer_where_it_is_read_from_its_beginning) {
  tail recent(offset{5}, plenty);
  const auto large = make_batch(offset{5}, 3, 10'000);
  const auto last = make_batch(offset{8}, 2);
  recent.push(large);
  recent.push(last);
  EXPECT_EQ(recent.read(p0, offset{5}, plenty), large);
  EXPECT_EQ(recent.read(p0, offset{8}, plenty), last);
  EXPECT_EQ(recent.end(), offset{10});
  EXPECT_EQ(recent.last_append_time(), timestamp{9});
}

TEST(tail, joins_small_batches_for_a_reader_that_is_behind) {
  tail recent(offset{0}, plenty);
  for (std::uint64_t i = 0; i < 100; ++i) recent.push(make_batch(offset{i}, 1));
  const auto joined = recent.read(p0, offset{10}, plenty);
  ASSERT_EQ(joined->size(), 90u);
  for (std::size_t i = 0; i < joined->size(); ++i) {
    EXPECT_EQ((*joined)[i].at, offset{10 + i});
    EXPECT_EQ(as_text((*joined)[i].value), value_at(offset{10 + i}));
  }
  EXPECT_EQ(joined->next_offset(), offset{100});
}

TEST(tail, reads_from_any_offset_with_any_budget_without_a_hole) {
  tail recent(offset{0}, plenty);
  offset at{0};
  for (const std::size_t records : {1u, 7u, 40u, 2u, 1u, 1u, 30u}) {
    recent.push(make_batch(at, records, 100));
    at = recent.end();
  }
  for (const std::size_t budget : {std::size_t{1}, std::size_t{150}, std::size_t{3000}, plenty}) {
    for (offset from{0}; from < recent.end(); ++from) {
      auto expected = from;
      while (expected < recent.end()) {
        const auto batch = recent.read(p0, expected, budget);
        ASSERT_FALSE(batch->empty());
        for (std::size_t i = 0; i < batch->size(); ++i, ++expected) {
          ASSERT_EQ((*batch)[i].at, expected);
        }
        ASSERT_EQ(batch->next_offset(), expected);
      }
    }
  }
}

TEST(tail, gives_one_record_at_least_and_keeps_to_the_budget_otherwise) {
  tail recent(offset{0}, plenty);
  recent.push(make_batch(offset{0}, 50, 1000));
  EXPECT_EQ(recent.read(p0, offset{0}, 1)->size(), 1u);
  EXPECT_EQ(recent.read(p0, offset{3}, 1)->size(), 1u);
  const auto some = recent.read(p0, offset{3}, 10'500);
  EXPECT_GE(some->size(), 8u);
  EXPECT_LE(some->size(), 10u);
}

TEST(tail, drops_its_oldest_batches_above_the_bound_and_keeps_the_last) {
  tail recent(offset{0}, 10'000);
  std::weak_ptr<const record_batch> oldest;
  for (std::uint64_t i = 0; i < 20; ++i) {
    auto batch = make_batch(offset{i}, 1, 1000);
    if (i == 0) oldest = batch;
    recent.push(std::move(batch));
    EXPECT_LE(recent.bytes(), 10'000u);
  }
  EXPECT_TRUE(oldest.expired());
  EXPECT_GT(recent.begin(), offset{10});
  EXPECT_EQ(recent.read(p0, offset{0}, plenty), nullptr);
  EXPECT_EQ(recent.read(p0, recent.begin(), plenty)->next_offset(), offset{20});

  recent.push(make_batch(offset{20}, 1, 50'000));
  EXPECT_EQ(recent.begin(), offset{20});
  EXPECT_EQ(recent.read(p0, offset{20}, plenty)->size(), 1u);
}

// What is counted decides what is kept, for as long as the process runs.
TEST(tail, counts_its_bytes_exactly_over_thousands_of_evictions) {
  tail recent(offset{0}, 20'000);
  std::deque<std::shared_ptr<const record_batch>> all;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    all.push_back(make_batch(recent.end(), 1 + i % 3, i * 37 % 1500));
    recent.push(all.back());
  }
  while ((*all.front())[0].at < recent.begin()) all.pop_front();
  tail fresh(recent.begin(), plenty);
  for (const auto& batch : all) fresh.push(batch);
  EXPECT_GT(all.size(), 1u);
  EXPECT_EQ(recent.bytes(), fresh.bytes());
}

TEST(tail, keeps_what_takes_exactly_its_bound) {
  const auto a = make_batch(offset{0}, 1, 1000);
  const auto b = make_batch(offset{1}, 2, 500);
  tail measured(offset{0}, plenty);
  measured.push(a);
  measured.push(b);
  tail exact(offset{0}, measured.bytes());
  exact.push(a);
  exact.push(b);
  EXPECT_EQ(exact.begin(), offset{0});
  EXPECT_EQ(exact.bytes(), measured.bytes());
  tail smaller(offset{0}, measured.bytes() - 1);
  smaller.push(a);
  smaller.push(b);
  EXPECT_EQ(smaller.begin(), offset{1});
  EXPECT_LT(smaller.bytes(), measured.bytes());
}

TEST(tail, gives_out_nothing_below_a_trim_and_goes_on_at_its_end) {
  tail recent(offset{0}, plenty);
  recent.push(make_batch(offset{0}, 3, 100));
  recent.push(make_batch(offset{3}, 3, 100));
  const auto before = recent.bytes();
  recent.trim(offset{4});
  EXPECT_EQ(recent.begin(), offset{4});
  EXPECT_LT(recent.bytes(), before) << "the first batch is gone";
  EXPECT_EQ(recent.read(p0, offset{3}, 1000), nullptr);
  EXPECT_EQ(recent.read(p0, offset{4}, 1000)->size(), 2u);
  recent.trim(offset{2});
  EXPECT_EQ(recent.begin(), offset{4});
  const auto time = recent.last_append_time();
  recent.trim(offset{99});
  EXPECT_EQ(recent.begin(), offset{6}) << "nothing beyond the end is trimmed";
  EXPECT_EQ(recent.last_append_time(), time);
  EXPECT_TRUE(recent.read(p0, offset{6}, 1000)->empty());
  recent.push(make_batch(offset{6}, 1, 100));
  EXPECT_EQ(recent.read(p0, offset{6}, 1000)->size(), 1u);
  EXPECT_EQ(recent.begin(), offset{6});
}

TEST(tail, never_shows_a_record_beyond_its_end_to_concurrent_readers) {
  tail recent(offset{0}, 20'000);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto from = recent.begin();
        const auto batch = recent.read(p0, from, 5000);
        if (batch && batch->next_offset() > recent.end()) ++wrong;
        if (batch && !batch->empty() && (*batch)[0].at != from) ++wrong;
      }
    });
  }
  for (std::uint64_t i = 0; i < 5000; ++i) recent.push(make_batch(offset{i}, 1, 50));
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace roomlog::testing
