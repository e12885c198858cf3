// The embedded log seen by somebody who is not its writer.
#include <gtest/gtest.h>

#include "tests/log/embedded/embedded_helpers.h"

namespace roomlog::testing {
namespace {

namespace fs = std::filesystem;

constexpr partition_id p0{0};
constexpr partition_id p1{1};

class embedded_read_only : public ::testing::Test {
 protected:
  result<std::unique_ptr<log>> look() {
    return open_embedded_log_for_reading(log_, codec_, clock_);
  }
  // Every file with its bytes.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& one : fs::recursive_directory_iterator(log_)) {
      if (one.is_regular_file()) all[one.path().string()] = slurp(one.path());
    }
    return all;
  }

  const fake_identity_codec codec_;
  const system_clock_source clock_;
  temporary_directory scratch_;
  fs::path log_ = scratch_.path() / "log";
};

TEST_F(embedded_read_only, sees_what_was_acknowledged_while_the_writer_goes_on) {
  const auto writer = open_log(log_).value();
  append_all(*writer, p0, {"a", "b"});
  const auto seen = look().value();
  append_all(*writer, p0, {"later"});
  EXPECT_EQ(seen->identity(), writer->identity());
  EXPECT_EQ(seen->partitions(), 2u);
  EXPECT_EQ(values_of(*seen, p0), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(seen->bounds(p0).end, offset{3});
  EXPECT_EQ(seen->bounds(p1).end, offset{1});
  EXPECT_EQ(seen->read(p0, offset{4}, 1).error().code, errc::out_of_range);
  EXPECT_EQ(values_of(*look().value(), p0).size(), 3u);
}

TEST_F(embedded_read_only, changes_nothing_and_takes_no_append) {
  make_log(log_, {"a"});
  const auto before = files();
  {
    const auto seen = look().value();
    append_answers answers;
    EXPECT_EQ(answers.append(*seen, p0, "b").error().code, errc::closed);
    EXPECT_EQ(values_of(*seen, p0), std::vector<std::string>{"a"});
  }
  EXPECT_EQ(files(), before);
}

// Written and not noted: a power cut may take it, so nobody may have seen it.
TEST_F(embedded_read_only, ends_where_the_log_was_acknowledged) {
  make_log(log_, {"a"});
  const auto noted = slurp(log_ / "high-water");
  {
    const auto writer = open_log(log_).value();
    append_all(*writer, p0, {"b"});
    append_all(*writer, p1, {"c"});
  }
  spill(log_ / "high-water", noted);
  const auto seen = look().value();
  EXPECT_EQ(seen->bounds(p0).end, offset{2});
  EXPECT_EQ(seen->bounds(p1).end, offset{1});
  EXPECT_EQ(values_of(*seen, p0), std::vector<std::string>{"a"});
  EXPECT_EQ(seen->read(p0, offset{3}, 1).error().code, errc::out_of_range);
}

TEST_F(embedded_read_only, finds_acknowledged_records_missing) {
  make_log(log_, {"a"});
  const auto shorter = scratch_.path() / "shorter";
  copy_tree(log_, shorter);
  {
    const auto writer = open_log(log_).value();
    append_all(*writer, p0, {"b"});
  }
  fs::copy_file(log_ / "high-water", shorter / "high-water", fs::copy_options::overwrite_existing);
  const auto seen = open_embedded_log_for_reading(shorter, codec_, clock_);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, errc::damaged);
  EXPECT_NE(seen.error().text.find("partition 0 ends at offset 2"), std::string::npos)
      << seen.error().text;
  EXPECT_NE(seen.error().text.find("up to 3"), std::string::npos) << seen.error().text;
}

TEST_F(embedded_read_only, says_where_there_is_no_log) {
  const auto none = look();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::not_found);
  EXPECT_NE(none.error().text.find(log_.string()), std::string::npos) << none.error().text;
  EXPECT_FALSE(fs::exists(log_)) << "a look makes nothing";
}

}  // namespace
}  // namespace roomlog::testing
