// A state store that fails takes nothing with it: what was put is kept and seen, and what may pass
// ends nothing for good.
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/projections/store/failing_store.h"
#include "tests/projections/store/store_dump.h"

namespace roomlog::testing {
namespace {

TEST_F(failing_store, keeps_and_shows_what_a_full_disk_did_not_take_and_writes_it_later) {
  put("b", "1");
  put("d", "1");
  EXPECT_EQ(commit(), "done");
  disk.fill();
  put("c", "2");
  put("d", "2");
  EXPECT_EQ(commit(), "full");
  put("a", "3");
  put("c", "3");
  EXPECT_EQ(content(), strings({"b=1", "c=2", "d=2"})) << "as of the last commit";
  EXPECT_EQ(store->partition(p0).get(key("c")), "3");
  EXPECT_EQ(store->partition(p0).get(key("d")), "2");
  EXPECT_EQ(commit(), "full");
  const strings all = {"a=3", "b=1", "c=3", "d=2"};
  EXPECT_EQ(content(), all);
  EXPECT_EQ(scan(scan_direction::backward), strings(all.rbegin(), all.rend()));
  EXPECT_EQ(dump_of(*store).size(), 4U);
  EXPECT_EQ(store->read(p0, key("c")), "3");
  const std::string b = key("b"), c = key("c"), none = key("none");
  const std::string_view keys[] = {b, c, none};
  EXPECT_EQ(store->read_together(p0, keys),
            (std::vector<std::optional<std::string>>{"1", "3", std::nullopt}));
  EXPECT_GT(store->partition(p0).staged_bytes(), 0U);
  disk.free_space();
  ASSERT_TRUE(commits_at_last());
  EXPECT_EQ(store->partition(p0).staged_bytes(), 0U);
  EXPECT_EQ(content(), all);
  open();
  EXPECT_EQ(content(), all);
}

TEST_F(failing_store, is_the_earlier_commit_when_the_process_ends_on_a_full_disk) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  disk.fill();
  put("a", "2");
  put("b", "2");
  EXPECT_EQ(commit(), "full");
  store.reset();
  disk.free_space();
  open();
  EXPECT_EQ(content(), strings({"a=1"}));
}

// The write said that it failed, and is there: never half of it, and never before what came later.
TEST_F(failing_store, a_commit_that_was_written_although_it_failed_is_whole_and_in_order) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  disk.fill_after_writing();
  put("a", "2");
  put("b", "2");
  EXPECT_EQ(commit(), "full");
  put("a", "3");
  disk.free_space();
  ASSERT_TRUE(commits_at_last());
  open();
  EXPECT_EQ(content(), strings({"a=3", "b=2"}));
  disk.fill_after_writing();
  put("a", "4");
  put("b", "4");
  EXPECT_EQ(commit(), "full");
  store.reset();
  disk.free_space();
  open();
  const auto after = content();
  EXPECT_TRUE(after == strings({"a=3", "b=2"}) || after == strings({"a=4", "b=4"}));
}

TEST_F(failing_store, goes_on_after_a_time_without_descriptors) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  disk.take_descriptors();
  EXPECT_FALSE(store->flush().has_value()) << "it begins a new write-ahead log";
  put("a", "2");
  EXPECT_EQ(commit(), "full");
  EXPECT_EQ(content(), strings({"a=2"}));
  disk.give_descriptors();
  ASSERT_TRUE(commits_at_last());
  put("b", "3");
  EXPECT_EQ(commit(), "done");
  open();
  EXPECT_EQ(content(), strings({"a=2", "b=3"}));
}

// With nothing in its memtables RocksDB would go on in the log whose write failed.
TEST_F(failing_store, goes_on_where_the_first_write_of_all_finds_the_disk_full) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(store->flush().has_value());
    disk.fill();
    put("b", std::string(100'000, 'x'));
    EXPECT_EQ(commit(), "full");
    disk.free_space();
    ASSERT_TRUE(commits_at_last());
    put("c", "3");
    EXPECT_EQ(commit(), "done");
  }
  open();
  EXPECT_EQ(content(), strings({"a=1", "b=" + std::string(100'000, 'x'), "c=3"}));
}

// The flush that is due then must not be lost: whatever resumes the database waits for it.
TEST_F(failing_store, goes_on_where_the_disk_is_full_just_when_the_memtable_is) {
  disk.fill_with_next_log();
  const std::string block(1 << 20, 'x');
  int n = 0;
  std::string outcome;
  do {
    put("b" + std::to_string(++n), block);
    outcome = commit();
  } while (outcome == "done" && n < 200);
  EXPECT_EQ(outcome, "full");
  disk.wait_for_flushes();
  disk.free_space();
  ASSERT_TRUE(commits_at_last());
  open();
  EXPECT_EQ(store->read(p0, key("b" + std::to_string(n))), block);
}

TEST_F(failing_store, on_a_broken_disk_takes_no_commit_any_more_and_still_shows_everything) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  disk.break_writes();
  put("b", "2");
  EXPECT_EQ(commit(), "io");
  EXPECT_EQ(content(), strings({"a=1", "b=2"}));
}

TEST_F(failing_store, a_read_without_memory_may_pass_and_one_that_the_device_refuses_may_not) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  ASSERT_TRUE(store->flush().has_value());
  cache_bytes = 0;
  for (const int why : {ENOMEM, EMFILE, ENFILE, EDQUOT, EIO}) {
    open();
    disk.fail_reads(0, why);
    try {
      (void)store->read(p0, key("a"));
      ADD_FAILURE() << "it was read";
    } catch (const store_error& e) {
      EXPECT_EQ(e.may_pass(), why != EIO) << e.what();
      EXPECT_EQ(e.as_answer().code, why != EIO ? errc::unavailable : errc::damaged);
    }
    disk.mend_reads();
    EXPECT_EQ(store->read(p0, key("a")), "1");
  }
}

TEST_F(failing_store, tells_that_its_directory_was_removed_moved_or_replaced) {
  EXPECT_TRUE(store->check_place().has_value());
  const auto moved = std::filesystem::path(dir.path().string() + "-moved");
  std::filesystem::rename(dir.path(), moved);
  const auto gone = store->check_place();
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code, errc::io);
  EXPECT_NE(gone.error().text.find(dir.path().string()), std::string::npos) << gone.error().text;
  std::filesystem::copy(moved, dir.path(), std::filesystem::copy_options::recursive);
  EXPECT_FALSE(store->check_place().has_value()) << "a copy is another one";
  std::filesystem::remove_all(dir.path());
  std::filesystem::rename(moved, dir.path());
  EXPECT_TRUE(store->check_place().has_value());
}

// Partitions that are committed apart: what one of them could not write stays in front of the
// database when another has written.
TEST_F(failing_store, of_two_partitions_keeps_what_each_could_not_write) {
  store.reset();
  const temporary_directory other;
  auto opened = open_rocks_state_store(other.path(), {2, "abc123", cache_bytes, disk.env()});
  ASSERT_TRUE(opened.has_value()) << opened.error().text;
  store = std::move(*opened);
  constexpr partition_id p1{1};
  const std::string of_p1(key_builder(some_view, 1, p1, 'X').text("a"));
  disk.fill();
  put("a", "1");
  store->partition(p1).put(of_p1, "2");
  EXPECT_EQ(commit(), "full");
  EXPECT_FALSE(store->commit(std::span(&p1, 1)).has_value());
  disk.free_space();
  ASSERT_TRUE(commits_at_last());
  EXPECT_EQ(store->read(p0, key("a")), "1");
  EXPECT_EQ(store->read(p1, of_p1), "2") << "not written yet, and seen";
  EXPECT_TRUE(store->commit(std::span(&p1, 1)).has_value());
  EXPECT_EQ(store->read(p1, of_p1), "2");
  store.reset();
}

TEST_F(failing_store, a_key_that_was_read_ahead_is_read_anew_behind_a_commit) {
  auto& part = store->partition(p0);
  part.expect_get(key("a"));
  EXPECT_EQ(part.get(key("a")), std::nullopt);
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  EXPECT_EQ(part.get(key("a")), "1");
}

// A failure in the background stops flushes and compactions, and no write says so.
TEST_F(failing_store, resumes_after_a_failure_in_the_background_with_the_next_commit) {
  put("a", "1");
  EXPECT_EQ(commit(), "done");
  disk.take_descriptors();
  EXPECT_FALSE(store->flush().has_value());
  disk.give_descriptors();
  put("a", "2");
  EXPECT_EQ(commit(), "done");
  EXPECT_TRUE(store->flush().has_value());
}

}  // namespace
}  // namespace roomlog::testing
