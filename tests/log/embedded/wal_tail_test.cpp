// The check of a write-ahead log's end, on files that RocksDB wrote.
#include "log/embedded/wal_tail.h"

#include <gtest/gtest.h>

#include "tests/log/embedded/embedded_helpers.h"

namespace roomlog::testing {
namespace {

// A WAL with a record for each value: the last one begins at `last_begins`.
struct sample_wal {
  std::string bytes;
  std::size_t last_begins = 0;
};

sample_wal make_wal(const std::vector<std::size_t>& sizes) {
  const temporary_directory scratch;
  sample_wal wal;
  const auto engine = open_log(scratch.path()).value();
  for (const auto size : sizes) {
    wal.last_begins = std::filesystem::file_size(newest_wal(scratch.path()));
    EXPECT_TRUE(append_one(*engine, partition_id{0}, std::string(size, 'x')));
  }
  wal.bytes = slurp(newest_wal(scratch.path()));
  return wal;
}

TEST(wal_tail, files_that_end_with_a_record_are_whole) {
  EXPECT_EQ(check_wal("").state, wal_state::whole);
  for (const auto& sizes : std::vector<std::vector<std::size_t>>{
           {10}, {10, 20, 30}, {40'000}, {32'600, 40, 40, 40}, {100'000, 5, 200'000}}) {
    const auto wal = make_wal(sizes);
    const auto verdict = check_wal(wal.bytes);
    EXPECT_EQ(verdict.state, wal_state::whole);
    EXPECT_EQ(verdict.at, wal.bytes.size());
  }
}

TEST(wal_tail, a_file_that_ends_within_its_last_record_is_torn_where_that_begins) {
  for (const auto& sizes : std::vector<std::vector<std::size_t>>{{10, 50}, {10, 100'000}}) {
    const auto wal = make_wal(sizes);
    const auto step = wal.bytes.size() > 10'000 ? 997u : 1u;
    for (auto left = wal.last_begins + 1; left < wal.bytes.size(); left += step) {
      const auto verdict = check_wal(std::string_view(wal.bytes).substr(0, left));
      ASSERT_EQ(verdict.state, wal_state::torn) << left;
      ASSERT_EQ(verdict.at, wal.last_begins) << left;
    }
  }
}

TEST(wal_tail, a_last_record_with_lost_bytes_is_torn) {
  const auto wal = make_wal({10, 100'000});
  for (auto at = wal.last_begins; at < wal.bytes.size(); at += 1009) {
    auto bytes = wal.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    const auto verdict = check_wal(bytes);
    ASSERT_EQ(verdict.state, wal_state::torn) << at;
    ASSERT_EQ(verdict.at, wal.last_begins) << at;
  }
}

TEST(wal_tail, a_broken_frame_that_a_record_follows_is_damage_and_no_torn_tail) {
  const auto wal = make_wal({10, 20, 30});
  auto bytes = wal.bytes;
  bytes[5] = static_cast<char>(bytes[5] ^ 0x40);  // the length of the first frame
  EXPECT_EQ(check_wal(bytes).state, wal_state::damaged);
  bytes = wal.bytes;
  bytes[6] = 0;  // its type
  EXPECT_EQ(check_wal(bytes).state, wal_state::damaged);
}

// A record may end so near the end of a block that no header fits behind it; what is left is zeros.
// Seven bytes take one more header, and the record behind it goes on in the next block.
TEST(wal_tail, a_record_may_end_anywhere_before_the_end_of_a_block) {
  constexpr std::size_t block = 32768;
  const auto overhead = make_wal({10, 20'000}).bytes.size() - make_wal({10}).bytes.size() - 20'000;
  const auto begins = make_wal({10}).bytes.size();
  for (std::size_t left = 0; left <= 8; ++left) {
    const auto wal = make_wal({10, block - left - overhead - begins, 40});
    const auto verdict = check_wal(wal.bytes);
    EXPECT_EQ(verdict.state, wal_state::whole) << left << " bytes are left of the block";
    const auto torn = check_wal(std::string_view(wal.bytes).substr(0, wal.bytes.size() - 1));
    EXPECT_EQ(torn.state, wal_state::torn) << left;
  }
}

// Where seven bytes are left of a block RocksDB puts a first frame of nothing there. Such bytes
// hold nothing by themselves, wherever they stand.
TEST(wal_tail, a_frame_of_nothing_is_no_record) {
  constexpr std::size_t block = 32768, header = 7;
  const auto begins = make_wal({10}).bytes.size();
  const auto overhead = make_wal({10, 20'000}).bytes.size() - begins - 20'000;
  const auto full = make_wal({10, block - header - overhead - begins, 40});
  const auto nothing = full.bytes.substr(block - header, header);
  ASSERT_EQ(nothing.substr(4), std::string("\0\0\2", 3)) << "no length, a first frame";
  const auto wal = make_wal({10, 20'000});
  auto bytes = wal.bytes;
  bytes.replace(wal.last_begins + 5'000, header, nothing);
  EXPECT_EQ(check_wal(bytes).state, wal_state::torn);
  EXPECT_EQ(check_wal(bytes).at, wal.last_begins);
}

// Of a long record each frame has a checksum of its own.
TEST(wal_tail, the_last_record_is_torn_at_any_of_its_frames) {
  const auto wal = make_wal({10, 100'000});
  for (const std::size_t behind : {20u, 40'000u, 70'000u, 99'000u}) {
    auto bytes = wal.bytes;
    bytes[wal.last_begins + behind] = static_cast<char>(bytes[wal.last_begins + behind] ^ 1);
    const auto verdict = check_wal(bytes);
    EXPECT_EQ(verdict.state, wal_state::torn) << behind;
    EXPECT_EQ(verdict.at, wal.last_begins) << behind;
  }
}

// What follows a break must be a whole record or the beginning of one: the rest of the record that
// is torn is not valid, and neither are zeros.
TEST(wal_tail, the_rest_of_a_torn_record_is_no_record) {
  const auto wal = make_wal({10, 100'000});
  auto bytes = wal.bytes;
  bytes[wal.last_begins + 6] = 0;  // the type of its first frame; those behind it are whole
  EXPECT_EQ(check_wal(bytes).state, wal_state::torn);
  const auto two = make_wal({10, 20});
  EXPECT_EQ(check_wal(two.bytes + std::string(100, '\0')).state, wal_state::torn);
  EXPECT_EQ(check_wal(two.bytes + std::string(100, '\0')).at, two.bytes.size());
}

// What is cut may be all that is left of somebody's message.
TEST(wal_tail, what_is_cut_off_the_newest_wal_is_kept_and_nothing_else_is_touched) {
  namespace fs = std::filesystem;
  const temporary_directory scratch;
  const auto records = scratch.path() / "records", evidence = scratch.path() / "evidence";
  fs::create_directories(records);
  fs::create_directories(evidence);
  EXPECT_EQ(cut_torn_wal(records, evidence).value(), 0u) << "there is none";
  const auto wal = make_wal({10, 50});
  const auto torn = wal.bytes.substr(0, wal.bytes.size() - 1);
  // The highest number that holds anything, and no other file.
  spill(records / "000009.log", torn);
  spill(records / "000010.log", torn);
  spill(records / "000011.log", "");
  spill(records / "LOG.old.log", torn);
  spill(records / "000012.sst", torn);
  EXPECT_EQ(cut_torn_wal(records, evidence).value(), torn.size() - wal.last_begins);
  EXPECT_EQ(slurp(records / "000010.log"), torn.substr(0, wal.last_begins));
  for (const auto* other : {"000009.log", "LOG.old.log", "000012.sst"}) {
    EXPECT_EQ(slurp(records / other), torn) << other;
  }
  const auto kept = evidence / ("torn-000010-" + std::to_string(wal.last_begins));
  ASSERT_TRUE(fs::exists(kept));
  EXPECT_EQ(slurp(kept), torn.substr(wal.last_begins));
  EXPECT_EQ(cut_torn_wal(records, evidence).value(), 0u) << "it is whole now";
}

TEST(wal_tail, a_damaged_wal_is_named_and_not_cut) {
  namespace fs = std::filesystem;
  const temporary_directory scratch;
  auto bytes = make_wal({10, 20, 30}).bytes;
  bytes[6] = 0;
  spill(scratch.path() / "000010.log", bytes);
  const auto refused = cut_torn_wal(scratch.path(), scratch.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::damaged);
  EXPECT_NE(refused.error().text.find("000010.log is damaged at byte 0"), std::string::npos)
      << refused.error().text;
  EXPECT_EQ(slurp(scratch.path() / "000010.log"), bytes);
}

}  // namespace
}  // namespace roomlog::testing
