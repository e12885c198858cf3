// The embedded log after kill -9 and power cuts, on a disk whose failures are chosen.
#include <gtest/gtest.h>

#include "log/base/diagnostics.h"
#include "tests/log/embedded/embedded_helpers.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;
constexpr partition_id p0{0};

using values = std::vector<std::string>;

class embedded_crash : public ::testing::Test {
 protected:
  std::unique_ptr<log> open() { return open_log(log_, &disk_).value(); }

  // The process dies after the append was written to the WAL and before it was synced; its answer
  // never came.
  void die_between_write_and_sync(std::unique_ptr<log> engine, const std::string& value) {
    append_answers lost;
    disk_.wal_syncs().hold();
    ASSERT_TRUE(lost.append(*engine, p0, value));
    ASSERT_TRUE(disk_.wal_syncs().wait_until_held());
    disk_.kill();
    disk_.wal_syncs().release();
    engine.reset();
    EXPECT_FALSE(lost.answer(0));
    disk_.revive();
  }
  // The process dies, then the power goes.
  void lose_power(std::unique_ptr<log> engine) {
    disk_.kill();
    engine.reset();
    disk_.power_cut();
    disk_.revive();
  }

  temporary_directory scratch_;
  fs::path log_ = scratch_.path() / "log";
  test_disk disk_;
};

// S2.2.3.1, S2.3.3.4
TEST_F(embedded_crash, what_was_acknowledged_survives_a_power_cut) {
  auto engine = open();
  for (const auto* value : {"one", "two", "three"}) ASSERT_TRUE(append_one(*engine, p0, value));
  lose_power(std::move(engine));
  EXPECT_EQ(values_of(*open(), p0), (values{"one", "two", "three"}));
}

TEST_F(embedded_crash, what_was_written_but_not_synced_goes_with_a_power_cut) {
  auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "one"));
  die_between_write_and_sync(std::move(engine), "two");
  disk_.kill();
  disk_.power_cut();
  disk_.revive();
  EXPECT_EQ(values_of(*open(), p0), values{"one"});
}

TEST_F(embedded_crash, what_a_start_took_from_the_wal_and_served_survives_a_power_cut) {
  auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "one"));
  die_between_write_and_sync(std::move(engine), "two");

  engine = open();
  ASSERT_EQ(values_of(*engine, p0), (values{"one", "two"}));  // served
  EXPECT_GE(engine->stats().recovered_records, 2u);
  lose_power(std::move(engine));
  EXPECT_EQ(values_of(*open(), p0), (values{"one", "two"}));
}

TEST_F(embedded_crash, it_goes_on_after_many_crashes_without_losing_anything_that_was_served) {
  values served;
  auto engine = open();
  for (int round = 0; round < 8; ++round) {
    const auto value = "round " + std::to_string(round);
    ASSERT_TRUE(append_one(*engine, p0, value));
    served.push_back(value);
    if (round % 2 == 0) {
      die_between_write_and_sync(std::move(engine), "unknown " + std::to_string(round));
      served.push_back("unknown " + std::to_string(round));
    } else {
      lose_power(std::move(engine));
    }
    engine = open();
    ASSERT_EQ(values_of(*engine, p0), served);
  }
}

TEST_F(embedded_crash, a_torn_append_that_was_never_acknowledged_is_cut_and_reported) {
  auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "one"));
  const auto before = fs::file_size(newest_wal(log_));
  die_between_write_and_sync(std::move(engine), "torn");
  const auto whole = slurp(newest_wal(log_));
  ASSERT_GT(whole.size(), before);
  const auto copy = scratch_.path() / "copy";
  for (std::size_t left = before + 1; left < whole.size(); ++left) {
    copy_tree(log_, copy);
    spill(newest_wal(copy), whole.substr(0, left));
    ::testing::internal::CaptureStderr();
    const auto again = open_log(copy).value();
    diagnostics::flush();
    const auto said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("cut " + std::to_string(left - before) + " bytes"), std::string::npos)
        << said;
    EXPECT_EQ(again->stats().torn_tail_bytes, left - before);
    ASSERT_EQ(values_of(*again, p0), values{"one"});
    ASSERT_EQ(append_one(*again, p0, "next").value(), offset{2});
  }
}

// A power cut may leave the file's length and lose pages of what was not synced.
TEST_F(embedded_crash, a_torn_append_with_holes_is_cut_too) {
  auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "one"));
  const auto before = fs::file_size(newest_wal(log_));
  die_between_write_and_sync(std::move(engine), std::string(100'000, 'x'));
  const auto whole = slurp(newest_wal(log_));
  ASSERT_GT(whole.size(), before + 100'000);
  const auto copy = scratch_.path() / "copy";
  for (const auto& [from, count] :
       std::vector<std::pair<std::size_t, std::size_t>>{{before, 4096},
                                                        {before + 4, 30'000},
                                                        {32'768, 4096},
                                                        {whole.size() - 5, 5},
                                                        {before + 50'000, 4096},
                                                        {before, whole.size() - before}}) {
    copy_tree(log_, copy);
    auto bytes = whole;
    bytes.replace(from, count, count, '\0');
    spill(newest_wal(copy), bytes);
    const auto again = open_log(copy);
    ASSERT_TRUE(again) << from << ": " << again.error().text;
    EXPECT_EQ(values_of(**again, p0), values{"one"}) << from;
  }
}

TEST_F(embedded_crash, garbage_behind_the_last_record_is_cut) {
  auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "one"));
  engine.reset();
  spill(newest_wal(log_), slurp(newest_wal(log_)) + std::string(300, '\x03'));
  EXPECT_EQ(values_of(*open(), p0), values{"one"});
}

TEST_F(embedded_crash, a_failed_sync_leaves_the_outcome_open_and_stops_appends) {
  auto engine = open();
  disk_.wal_syncs().fail_from_now_on();
  const auto outcome = append_one(*engine, p0, "unknown");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unknown_outcome);
  disk_.wal_syncs().heal();  // too late
  EXPECT_EQ(append_one(*engine, p0, "later").error().code, errc::unavailable);
  EXPECT_NE(engine->failure().find("test_disk: no sync"), std::string::npos) << engine->failure();
  EXPECT_EQ(engine->bounds(p0).end, offset{1});
}

TEST_F(embedded_crash, a_failed_write_leaves_the_outcome_open_and_nothing_behind) {
  auto engine = open();
  ASSERT_TRUE(append_one(*engine, p0, "one"));
  disk_.fail_wal_writes();
  const auto outcome = append_one(*engine, p0, "unknown");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::unknown_outcome);
  EXPECT_EQ(append_one(*engine, p0, "later").error().code, errc::unavailable);
  EXPECT_EQ(values_of(*engine, p0), values{"one"});
  engine.reset();
  EXPECT_EQ(values_of(*open_log(log_).value(), p0), values{"one"});
}

}  // namespace
}  // namespace roomlog::testing
