#include "log/record.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

constexpr partition_id p3{3};

TEST(record_batch, holds_copies_of_what_was_added) {
  record_batch_builder builder(p3, offset{5});
  {
    std::string key = "room";
    std::string value(100, 'v');
    builder.add(offset{5}, timestamp{17}, key, as_byte_view(value));
    key.assign("????");
    value.assign(100, '?');
  }
  builder.add(offset{6}, timestamp{18}, "", {});
  const auto batch = builder.finish();
  ASSERT_EQ(batch->size(), 2u);
  EXPECT_EQ(batch->partition(), p3);
  EXPECT_EQ((*batch)[0].at, offset{5});
  EXPECT_EQ((*batch)[0].append_time, timestamp{17});
  EXPECT_EQ((*batch)[0].key, "room");
  EXPECT_EQ(as_text((*batch)[0].value), std::string(100, 'v'));
  EXPECT_EQ((*batch)[1].key, "");
  EXPECT_TRUE((*batch)[1].value.empty());
  EXPECT_EQ(batch->next_offset(), offset{7});
}

TEST(record_batch, an_empty_one_continues_where_it_began) {
  const auto batch = record_batch_builder(p3, offset{9}).finish();
  EXPECT_TRUE(batch->empty());
  EXPECT_EQ(batch->next_offset(), offset{9});
}

TEST(record_batch, may_have_holes) {
  record_batch_builder builder(p3, offset{1});
  builder.add(offset{4}, timestamp{1}, "a", as_byte_view("b"));
  builder.add(offset{9}, timestamp{1}, "c", as_byte_view("d"));
  EXPECT_EQ(builder.finish()->next_offset(), offset{10});
}

TEST(record_batch, aligns_every_value_whatever_the_sizes_and_reservations) {
  for (const bool reserved : {false, true}) {
    record_batch_builder builder(p3, offset{0});
    if (reserved) builder.reserve(64, 1000);
    for (std::uint64_t i = 0; i < 64; ++i) {
      const std::string text(i, static_cast<char>('a' + i % 26));
      builder.add(offset{i}, timestamp{1}, text, as_byte_view(text));
    }
    const auto batch = builder.finish();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const auto record = (*batch)[i];
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record.value.data()) % 16, 0u);
      EXPECT_EQ(as_text(record.value), std::string(i, static_cast<char>('a' + i % 26)));
      EXPECT_EQ(record.key, as_text(record.value));
    }
  }
}

}  // namespace
}  // namespace roomlog::testing
