#include "log/embedded/stored_record.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace roomlog::testing {
namespace {

std::string stored(const stored_key& place, timestamp time, std::string_view key,
                   std::string_view value) {
  const auto header = make_stored_header(place, time, key, value);
  return std::string(header.data(), header.size()).append(key).append(value);
}

TEST(stored_record, keys_sort_by_partition_and_then_by_offset) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> places{
      {0, 0}, {0, 1}, {0, 255}, {0, 256}, {0, 1ULL << 40}, {1, 0}, {255, 3}, {256, 2}};
  std::vector<std::string> keys;
  for (const auto& [p, o] : places) {
    const auto key = make_stored_key(partition_id{p}, offset{o});
    keys.emplace_back(as_text(key));
    const auto parsed = parse_stored_key(keys.back());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->partition, partition_id{p});
    EXPECT_EQ(parsed->at, offset{o});
  }
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_FALSE(parse_stored_key("short"));
}

TEST(stored_record, gives_back_time_key_and_value) {
  const auto place = make_stored_key(partition_id{1}, offset{2});
  for (const std::string& text : {std::string(), std::string("v"), std::string(1000, 'v')}) {
    const auto bytes = stored(place, timestamp{1'700'000'000'123'456}, "key", text);
    const auto content = parse_stored_value(as_text(place), bytes);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->append_time, timestamp{1'700'000'000'123'456});
    EXPECT_EQ(content->key, "key");
    EXPECT_EQ(as_text(content->value), text);
  }
}

TEST(stored_record, any_flipped_bit_any_cut_and_any_other_place_is_found) {
  const auto place = make_stored_key(partition_id{1}, offset{2});
  const auto bytes = stored(place, timestamp{77}, "key", "some value");
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(parse_stored_value(as_text(place), flipped)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_stored_value(as_text(place), bytes.substr(0, size))) << size << " bytes";
  }
  const auto other = make_stored_key(partition_id{1}, offset{3});
  EXPECT_FALSE(parse_stored_value(as_text(other), bytes));
}

}  // namespace
}  // namespace roomlog::testing
