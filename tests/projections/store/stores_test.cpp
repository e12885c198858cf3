// The table of bytes, the two state stores, the record cache and the gate.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "projections/fold/record_cache.h"
#include "projections/store/byte_table.h"
#include "projections/store/memory_state_store.h"
#include "projections/store/rocks_state_store.h"
#include "projections/store/state_keys.h"
#include "tests/projections/store/store_dump.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0}, p1{1};

std::string key(view_id view, partition_id p, std::string_view name) {
  return std::string(key_builder(view, 1, p, 'X').text(name));
}

TEST(byte_table, holds_what_a_map_holds) {
  for (const std::size_t shards : {std::size_t{1}, std::size_t{64}}) {
    byte_table table(shards);
    std::map<std::string, std::string> model;
    std::mt19937 random(1);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 20'000; ++i) {
        const std::string k = "key-" + std::to_string(random() % 5'000);
        const std::string v(random() % 40, static_cast<char>('a' + random() % 26));
        EXPECT_EQ(table.put(k, v).empty(), model.contains(k));
        model[k] = v;
      }
      ASSERT_EQ(table.size(), model.size());
      for (const auto& [k, v] : model) ASSERT_EQ(table.find(k), v);
      ASSERT_EQ(table.find("another"), std::nullopt);
      std::map<std::string, std::string> visited;
      table.for_each([&](std::string_view k, std::string_view v) { visited.emplace(k, v); });
      ASSERT_EQ(visited, model);
      table.clear();
      model.clear();
      ASSERT_EQ(table.find("key-1"), std::nullopt);
      ASSERT_EQ(table.size(), 0U);
    }
  }
}

TEST(byte_table, holds_entries_larger_than_its_blocks) {
  byte_table table;
  const std::string large(3 << 20, 'x');
  table.put("large", large);
  table.put("small", "y");
  table.put("large", large + "z");
  EXPECT_EQ(table.find("large"), large + "z");
  EXPECT_EQ(table.find("small"), "y");
  EXPECT_EQ(table.find(""), std::nullopt);
  table.put("", "");
  EXPECT_EQ(table.find(""), "");
}

enum class engine { memory, rocks };

struct state_stores : ::testing::TestWithParam<engine> {
  state_stores() { reopen(); }
  void reopen() {
    store.reset();
    if (GetParam() == engine::memory) {
      store = std::make_unique<memory_state_store>(memory);
    } else {
      store = std::move(*open_rocks_state_store(dir.path(), {2, "abc", 8 << 20}));
    }
  }
  void commit(std::vector<partition_id> which) { ASSERT_TRUE(store->commit(which).has_value()); }
  std::vector<std::string> scan(std::string_view from, std::string_view to, scan_direction way,
                                std::size_t limit = 100) {
    std::vector<std::string> values;
    store->scan(p0, key(some_view, p0, from), key(some_view, p0, to), way,
                [&](std::string_view, std::string_view value) {
                  values.emplace_back(value);
                  return values.size() < limit;
                });
    return values;
  }
  temporary_directory dir;
  std::shared_ptr<memory_state> memory = make_memory_state(2);
  std::unique_ptr<state_store> store;
};

TEST_P(state_stores, get_sees_what_was_put_before_the_commit_and_after) {
  auto& part = store->partition(p0);
  EXPECT_EQ(part.get("k"), std::nullopt);
  part.put("k", "1");
  EXPECT_EQ(part.get("k"), "1");
  part.put("k", "22");
  EXPECT_EQ(part.get("k"), "22");
  EXPECT_GT(part.staged_bytes(), 0U);
  commit({p0});
  EXPECT_EQ(part.staged_bytes(), 0U);
  EXPECT_EQ(part.get("k"), "22");
  part.put("k", "3");
  EXPECT_EQ(part.get("k"), "3");
}

TEST_P(state_stores, scans_go_both_ways_within_their_bounds) {
  auto& part = store->partition(p0);
  for (char c : {'d', 'a', 'c', 'b', 'e'}) {
    part.put(key(some_view, p0, std::string(1, c)), std::string(1, c));
  }
  commit({p0});
  using strings = std::vector<std::string>;
  EXPECT_EQ(scan("b", "e", scan_direction::forward), strings({"b", "c", "d"}));
  EXPECT_EQ(scan("b", "e", scan_direction::backward), strings({"d", "c", "b"}));
  EXPECT_EQ(scan("a", "z", scan_direction::forward, 2), strings({"a", "b"}));
  EXPECT_EQ(scan("a", "z", scan_direction::backward, 2), strings({"e", "d"}));
  EXPECT_EQ(scan("x", "z", scan_direction::forward), strings());
  EXPECT_EQ(store->read(p0, key(some_view, p0, "c")), "c");
  EXPECT_EQ(store->read(p0, key(some_view, p0, "x")), std::nullopt);
}

TEST_P(state_stores, several_keys_are_read_as_of_one_commit) {
  const std::string one = key(some_view, p0, "one"), two = key(some_view, p0, "two");
  const auto write = [&](int n) {
    {
      const auto lock = store->gate(p0).enter_as_fold();
      store->partition(p0).put(one, std::to_string(n));
      store->partition(p0).put(two, std::to_string(n));
    }
    (void)store->commit(std::span(&p0, 1));  // shown by what is read
  };
  write(0);
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int n = 1; n < 3'000; ++n) write(n);
    over = true;
  });
  const std::string none = key(some_view, p0, "none");
  const std::string_view keys[] = {one, none, two};
  while (!over) {
    const auto values = store->read_together(p0, keys);
    EXPECT_EQ(values.at(0), values.at(2));
    EXPECT_EQ(values.at(1), std::nullopt);
  }
  writer.join();
  EXPECT_EQ(store->read_together(p0, keys)[2], "2999");
}

TEST_P(state_stores, a_commit_carries_the_partitions_that_it_names) {
  store->partition(p0).put(key(view_id::fold, p0, "a"), "0");
  store->partition(p1).put(key(view_id::fold, p1, "a"), "1");
  commit({p0, p1});
  EXPECT_EQ(dump_of(*store).size(), 2U);
  EXPECT_TRUE(store->flush().has_value());
}

TEST_P(state_stores, keep_what_was_committed_and_nothing_else) {
  store->partition(p0).put(key(view_id::fold, p0, "a"), "0");
  commit({p0});
  store->partition(p0).put(key(view_id::fold, p0, "a"), "1");
  store->partition(p0).put(key(view_id::fold, p0, "b"), "lost");
  store->partition(p1).put(key(view_id::fold, p1, "c"), "lost");
  const store_dump committed{{key(view_id::fold, p0, "a"), "0"}};
  EXPECT_EQ(dump_of(*store), committed);
  EXPECT_EQ(store->read(p0, key(view_id::fold, p0, "a")), "0");
  reopen();
  EXPECT_EQ(dump_of(*store), committed);
  EXPECT_EQ(store->partition(p0).get(key(view_id::fold, p0, "a")), "0");
  EXPECT_EQ(store->partition(p0).get(key(view_id::fold, p0, "b")), std::nullopt);
}

TEST_P(state_stores, drop_all_keys_with_one_beginning_in_one_partition_and_take_new_ones) {
  const std::string head = key(some_view, p0, "").substr(0, 4);
  for (const char* name : {"a", "b", "c"}) {
    store->partition(p0).put(key(some_view, p0, name), "0");
    store->partition(p1).put(key(some_view, p1, name), "1");
    store->partition(p0).put(key(view_id::fold, p0, name), "2");
  }
  commit({p0, p1});
  ASSERT_TRUE(store->drop(p0, head).has_value());
  EXPECT_EQ(dump_of(*store).size(), 6U);
  EXPECT_EQ(store->read(p0, key(some_view, p0, "a")), std::nullopt);
  EXPECT_EQ(store->partition(p0).get(key(some_view, p0, "a")), std::nullopt);
  EXPECT_TRUE(scan("", "z", scan_direction::forward).empty());
  EXPECT_EQ(store->read(p1, key(some_view, p1, "a")), "1");
  reopen();
  store->partition(p0).put(key(some_view, p0, "a"), "again");
  commit({p0});
  EXPECT_EQ(scan("", "z", scan_direction::forward), std::vector<std::string>{"again"});
}

INSTANTIATE_TEST_SUITE_P(both, state_stores, ::testing::Values(engine::memory, engine::rocks),
                         [](const auto& info) {
                           return info.param == engine::memory ? "memory" : "rocks";
                         });

TEST(rocks_store, refuses_another_epoch_and_another_number_of_partitions) {
  const temporary_directory dir;
  ASSERT_TRUE(open_rocks_state_store(dir.path(), {2, "abc", 8 << 20}).has_value());
  const auto epoch = open_rocks_state_store(dir.path(), {2, "abd", 8 << 20});
  ASSERT_FALSE(epoch.has_value());
  EXPECT_EQ(epoch.error().code, errc::mismatch);
  EXPECT_NE(epoch.error().text.find("epoch abd"), std::string::npos);
  const auto partitions = open_rocks_state_store(dir.path(), {3, "abc", 8 << 20});
  ASSERT_FALSE(partitions.has_value());
  EXPECT_EQ(partitions.error().code, errc::mismatch);
}

// Formats 1 and 2 are those that former builds wrote.
TEST(rocks_store, refuses_another_format_and_says_that_the_state_can_be_made_again) {
  for (const std::string other : {"format 1", "format 2", "format 99"}) {
    const temporary_directory dir;
    ASSERT_TRUE(open_rocks_state_store(dir.path(), {2, "abc", 8 << 20}).has_value());
    {
      rocksdb::DB* raw = nullptr;
      ASSERT_TRUE(rocksdb::DB::Open({}, dir.path().string(), &raw).ok());
      const std::unique_ptr<rocksdb::DB> db(raw);
      const std::string identity(1, static_cast<char>(view_id::store));
      const std::string text = "roomlog state, " + other + ", 2 partitions, epoch abc";
      ASSERT_TRUE(db->Put({}, identity, text).ok());
    }
    const auto opened = open_rocks_state_store(dir.path(), {2, "abc", 8 << 20});
    ASSERT_FALSE(opened.has_value()) << other;
    EXPECT_EQ(opened.error().code, errc::mismatch);
    for (const auto& named : {other, "format " + std::to_string(fold_format_version),
                              "remove " + dir.path().string()}) {
      EXPECT_NE(opened.error().text.find(named), std::string::npos) << opened.error().text;
    }
  }
}

TEST(rocks_store, is_for_one_at_a_time) {
  const temporary_directory dir;
  const auto first = open_rocks_state_store(dir.path(), {2, "abc", 8 << 20});
  const auto second = open_rocks_state_store(dir.path(), {2, "abc", 8 << 20});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, errc::in_use);
}

struct counter_record {
  std::uint8_t value = 0;
  void encode(std::string& out) const { out.push_back(static_cast<char>(value)); }
  static counter_record decode(std::string_view bytes) {
    return {static_cast<std::uint8_t>(bytes[0])};
  }
};

TEST(record_cache, writes_what_was_touched_and_reads_it_back) {
  memory_state_store memory(1);
  auto& store = memory.partition(p0);
  record_cache<counter_record> cache;
  EXPECT_EQ(cache.find(store, "a"), nullptr);
  auto& a = cache.find_or_add(store, "a");
  a.value.value = 5;
  cache.touch(a);
  cache.touch(a);
  cache.find_or_add(store, "untouched");
  EXPECT_EQ(store.get("a"), std::nullopt);
  cache.stage(store);
  EXPECT_EQ(store.get("a"), "\5");
  EXPECT_EQ(store.get("untouched"), std::nullopt);
  (void)cache.forget();
  ASSERT_NE(cache.find(store, "a"), nullptr);
  EXPECT_EQ(cache.find(store, "a")->value.value, 5);
}

struct text_record {
  std::string value;
  std::size_t heap_bytes() const { return heap_bytes_of(value); }
  void encode(std::string& out) const { out += value; }
  static text_record decode(std::string_view bytes) { return {std::string(bytes)}; }
};

TEST(record_cache, counts_what_its_records_take_and_gives_it_back) {
  memory_state_store memory(1);
  auto& store = memory.partition(p0);
  record_cache<text_record> cache;
  const std::size_t empty = cache.bytes();
  constexpr std::size_t records = 2'000, text = 500;
  for (std::size_t i = 0; i < records; ++i) {
    auto& one = cache.find_or_add(store, "a-key-that-is-not-short-" + std::to_string(i));
    one.value.value.assign(text, 'x');
    cache.touch(one);
  }
  EXPECT_EQ(cache.forget(), nullptr) << "what was changed is not in the store yet";
  ASSERT_NE(cache.find(store, "a-key-that-is-not-short-7"), nullptr);
  cache.stage(store);
  EXPECT_GT(cache.bytes(), empty + records * (text + 100));
  EXPECT_LT(cache.bytes(), empty + records * (text + 300));
  auto& shorter = *cache.find(store, "a-key-that-is-not-short-7");
  const std::size_t before = cache.bytes();
  std::string("short").swap(shorter.value.value);  // gives the memory back
  cache.touch(shorter);
  cache.stage(store);
  EXPECT_LT(cache.bytes(), before - text + 1);
  EXPECT_NE(cache.forget(), nullptr);
  EXPECT_LE(cache.bytes(), empty);
  EXPECT_EQ(cache.find(store, "a-key-that-is-not-short-8")->value.value.size(), text);
}

TEST(partition_gate, lets_readers_in_while_the_fold_is_busy) {
  partition_gate gate;
  std::atomic<bool> done{false};
  std::thread fold([&] {
    while (!done) const auto lock = gate.enter_as_fold();
  });
  for (int i = 0; i < 1000; ++i) const auto lock = gate.enter_shared();
  done = true;
  fold.join();
}

}  // namespace
}  // namespace roomlog::testing
