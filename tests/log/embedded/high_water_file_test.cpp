#include "log/embedded/high_water_file.h"

#include <gtest/gtest.h>

#include "tests/log/embedded/embedded_helpers.h"

namespace roomlog::testing {
namespace {

using ends = std::vector<offset>;

class high_water : public ::testing::Test {
 protected:
  ends read() { return read_high_water(file_).value().value(); }
  temporary_directory scratch_;
  std::filesystem::path file_ = scratch_.path() / "high-water";
};

TEST_F(high_water, is_nothing_where_there_is_no_file) {
  EXPECT_EQ(read_high_water(file_).value(), std::nullopt);
}

TEST_F(high_water, gives_back_what_was_written_last) {
  auto file = high_water_file::create(file_, ends{offset{1}, offset{2}}).value();
  EXPECT_EQ(read(), (ends{offset{1}, offset{2}}));
  for (std::uint64_t i = 3; i < 10; ++i) {
    ASSERT_TRUE(file.write(ends{offset{i}, offset{2 * i}}));
    EXPECT_EQ(read(), (ends{offset{i}, offset{2 * i}}));
  }
  EXPECT_TRUE(file.sync());
}

TEST_F(high_water, holds_as_many_partitions_as_there_may_be) {
  ends many(partitions_max);
  auto file = high_water_file::create(file_, many).value();
  for (std::uint64_t i = 0; i < many.size(); ++i) many[i] = offset{i * i};
  ASSERT_TRUE(file.write(many));
  EXPECT_EQ(read(), many);
}

TEST_F(high_water, falls_back_to_the_other_slot_at_any_flipped_byte_of_the_newest) {
  auto file = high_water_file::create(file_, ends{offset{1}}).value();
  ASSERT_TRUE(file.write(ends{offset{2}}));
  ASSERT_TRUE(file.write(ends{offset{3}}));
  const auto bytes = slurp(file_);
  const auto newest = bytes.rfind("RLHIGHW1");
  for (std::size_t i = 0; i < 40; ++i) {
    auto flipped = bytes;
    flipped[newest + i] = static_cast<char>(flipped[newest + i] ^ 1);
    spill(file_, flipped);
    EXPECT_EQ(read(), ends{offset{2}}) << i;
  }
}

// A crash may tear the first write after the file was made.
TEST_F(high_water, either_slot_of_a_new_file_is_enough) {
  (void)high_water_file::create(file_, ends{offset{7}, offset{8}}).value();
  const auto bytes = slurp(file_);
  for (const auto slot : {bytes.find("RLHIGHW1"), bytes.rfind("RLHIGHW1")}) {
    auto torn = bytes;
    torn[slot] = '\0';
    spill(file_, torn);
    EXPECT_EQ(read(), (ends{offset{7}, offset{8}})) << slot;
  }
}

// Each write leaves the slot that the one before it has written.
TEST_F(high_water, a_torn_write_costs_one_group_whichever_slot_it_is) {
  auto file = high_water_file::create(file_, ends{offset{0}}).value();
  for (std::uint64_t i = 1; i < 8; ++i) {
    const auto before = slurp(file_);
    ASSERT_TRUE(file.write(ends{offset{i}}));
    auto torn = slurp(file_);
    std::size_t differs = 0;
    while (torn[differs] == before[differs]) ++differs;
    torn[differs] = static_cast<char>(torn[differs] ^ 0x10);
    const auto whole = slurp(file_);
    spill(file_, torn);
    EXPECT_EQ(read(), ends{offset{i - 1}}) << i;
    spill(file_, whole);
  }
}

TEST_F(high_water, without_a_good_slot_is_damaged_and_says_what_can_be_done) {
  for (const auto& bytes : {std::string(), std::string("x"), std::string(8192, '\0')}) {
    spill(file_, bytes);
    const auto read = read_high_water(file_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::damaged);
    EXPECT_NE(read.error().text.find(file_.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace roomlog::testing
