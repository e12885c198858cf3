// What a start of the embedded log makes of a directory in which something is missing or wrong.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "log/base/diagnostics.h"
#include "log/embedded/stored_record.h"
#include "tests/log/embedded/embedded_helpers.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;
constexpr partition_id p0{0};

class embedded_damage : public ::testing::Test {
 protected:
  // A start must be refused as damaged; gives the text.
  std::string refused_start(const fs::path& at) {
    const auto opened = open_log(at);
    if (opened) return "it started";
    EXPECT_EQ(opened.error().code, errc::damaged) << opened.error().text;
    return opened.error().text;
  }

  temporary_directory scratch_;
  fs::path log_ = scratch_.path() / "log";
  fs::path copy_ = scratch_.path() / "copy";
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(embedded_damage, cutting_acknowledged_bytes_off_the_newest_wal_fails_the_start) {
  make_log(log_, {"one", "two", "three"});
  const auto size = fs::file_size(newest_wal(log_));
  for (std::uintmax_t cut = 1; cut <= size; cut += cut < 150 ? 1 : 37) {
    copy_tree(log_, copy_);
    fs::resize_file(newest_wal(copy_), size - cut);
    const auto text = refused_start(copy_);
    EXPECT_TRUE(contains(text, "partition 0 ends at offset")) << cut << ": " << text;
    EXPECT_TRUE(contains(text, "acknowledged up to 4")) << cut << ": " << text;
    // A second start is no way around it.
    EXPECT_TRUE(contains(refused_start(copy_), "acknowledged records are lost")) << cut;
  }
}

TEST_F(embedded_damage, a_refused_start_leaves_the_bytes_so_that_a_restored_wal_starts) {
  make_log(log_, {"one", "two"});
  const auto wal = newest_wal(log_);
  const auto whole = slurp(wal);
  spill(wal, whole.substr(0, whole.size() - 10));
  EXPECT_TRUE(contains(refused_start(log_), "lost"));
  spill(wal, whole);
  EXPECT_EQ(values_of(*open_log(log_).value(), p0), (std::vector<std::string>{"one", "two"}));
}

TEST_F(embedded_damage, a_wal_that_is_gone_fails_the_start) {
  make_log(log_, {"one"});
  fs::remove(newest_wal(log_));
  EXPECT_TRUE(contains(refused_start(log_), "acknowledged up to"));
}

TEST_F(embedded_damage, any_flipped_byte_of_the_wal_fails_the_start) {
  make_log(log_, {"one", "two", "three"});
  const auto whole = slurp(newest_wal(log_));
  for (std::size_t at = 0; at < whole.size(); at += at < 40 ? 1 : 7) {
    copy_tree(log_, copy_);
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    spill(newest_wal(copy_), bytes);
    EXPECT_NE(refused_start(copy_), "it started") << "byte " << at;
  }
}

TEST_F(embedded_damage, flipped_bytes_of_a_table_are_found_by_the_read_which_says_where) {
  std::vector<std::string> values;
  for (int i = 1; i <= 200; ++i)
    values.push_back("record " + std::to_string(i) + std::string(1000, '.'));
  make_log(log_, values);
  open_log(log_).value()->close();  // moves the records from the WAL to a table
  const auto table = files_with(log_, ".sst").at(0);
  auto bytes = slurp(table);
  bytes[bytes.find("record 100.") + 500] = '!';
  spill(table, bytes);

  const auto engine = open_log(log_).value();
  auto at = offset{0};
  auto read = engine->read(p0, at, std::size_t{1} << 20);
  while (read && !(*read)->empty()) {
    at = (*read)->next_offset();
    read = engine->read(p0, at, std::size_t{1} << 20);
  }
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::damaged);
  EXPECT_TRUE(contains(read.error().text, "partition 0, offset " + std::to_string(at.value)))
      << read.error().text;
  // The whole block of RocksDB is lost, nothing before it.
  EXPECT_GT(at, offset{80});
  EXPECT_LE(at, offset{100});
}

TEST_F(embedded_damage, a_missing_table_fails_the_start) {
  make_log(log_, {"one"});
  open_log(log_).value()->close();
  fs::remove(files_with(log_, ".sst").at(0));
  refused_start(log_);
}

TEST_F(embedded_damage, a_database_without_its_index_is_not_made_anew) {
  make_log(log_, {"one"});
  open_log(log_).value()->close();
  fs::remove(log_ / "records" / "CURRENT");
  // Either of these would be reason enough to refuse.
  fs::remove(log_ / "high-water");
  for (const auto& wal : files_with(log_, ".log")) fs::remove(wal);
  EXPECT_TRUE(contains(refused_start(log_), "cannot open the records in"));
  EXPECT_FALSE(files_with(log_, ".sst").empty());
}

TEST_F(embedded_damage, an_emptied_database_fails_the_start) {
  make_log(log_, {"one"});
  fs::remove_all(log_ / "records");
  EXPECT_TRUE(contains(refused_start(log_), "ends at offset 0"));
}

// Changes a stored record behind the engine's back.
void with_rocksdb(const fs::path& directory, const std::function<void(rocksdb::DB&)>& change) {
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, (directory / "records").string(), &db).ok());
  const std::unique_ptr<rocksdb::DB> owner(db);
  change(*db);
}

TEST_F(embedded_damage, a_record_missing_in_the_middle_fails_the_start_and_is_named) {
  make_log(log_, {"one", "two", "three"});
  with_rocksdb(log_, [](rocksdb::DB& db) {
    const auto key = make_stored_key(p0, offset{2});
    ASSERT_TRUE(db.Delete({}, {key.data(), key.size()}).ok());
  });
  const auto text = refused_start(log_);
  EXPECT_TRUE(contains(text, "partition 0, offset 2")) << text;
}

TEST_F(embedded_damage, a_record_in_anothers_place_is_found_by_its_own_checksum) {
  make_log(log_, {"one", "two", "three"});
  with_rocksdb(log_, [](rocksdb::DB& db) {
    const auto from = make_stored_key(p0, offset{1});
    const auto to = make_stored_key(p0, offset{2});
    std::string value;
    ASSERT_TRUE(db.Get({}, {from.data(), from.size()}, &value).ok());
    ASSERT_TRUE(db.Put({}, {to.data(), to.size()}, value).ok());
    // Away with the first writing of offset 2, which would give the change away by the count.
    ASSERT_TRUE(db.CompactRange({}, nullptr, nullptr).ok());
  });
  const auto engine = open_log(log_).value();
  const auto good = engine->read(p0, offset{0}, 1 << 20).value();
  EXPECT_EQ(good->next_offset(), offset{2});
  const auto read = engine->read(p0, offset{2}, 1 << 20);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::damaged);
  EXPECT_TRUE(contains(read.error().text, "partition 0, offset 2")) << read.error().text;
  EXPECT_TRUE(contains(read.error().text, "checksum")) << read.error().text;
}

TEST_F(embedded_damage, one_damaged_slot_of_the_high_water_file_leaves_the_other) {
  make_log(log_, {"one", "two"});
  for (const std::size_t slot : {0u, 1u}) {
    copy_tree(log_, copy_);
    auto bytes = slurp(copy_ / "high-water");
    bytes[slot * bytes.size() / 2 + 20] ^= 1;
    spill(copy_ / "high-water", bytes);
    EXPECT_EQ(values_of(*open_log(copy_).value(), p0), (std::vector<std::string>{"one", "two"}));
  }
}

TEST_F(embedded_damage, a_high_water_file_without_a_good_slot_fails_the_start) {
  make_log(log_, {"one"});
  spill(log_ / "high-water", "not what it was");
  EXPECT_TRUE(contains(refused_start(log_), "high-water"));
}

TEST_F(embedded_damage, a_new_log_has_no_high_water_file_and_says_nothing_of_it) {
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(open_log(log_));
  diagnostics::flush();
  EXPECT_FALSE(contains(::testing::internal::GetCapturedStderr(), "no file"));
}

TEST_F(embedded_damage, without_its_high_water_file_the_log_starts_and_says_so) {
  make_log(log_, {"one"});
  fs::remove(log_ / "high-water");
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(open_log(log_));
  diagnostics::flush();
  EXPECT_TRUE(contains(::testing::internal::GetCapturedStderr(), "no file"));
  EXPECT_TRUE(fs::exists(log_ / "high-water"));
}

}  // namespace
}  // namespace roomlog::testing
