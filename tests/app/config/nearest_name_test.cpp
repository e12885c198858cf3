#include "app/config/nearest_name.h"

#include <gtest/gtest.h>

#include <array>

namespace roomlog::testing {
namespace {

TEST(nearest_name, distance_counts_insertions_deletions_and_replacements) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("listen", "listn"), 1u);
}

TEST(nearest_name, the_nearest_is_found_and_the_far_is_not_named) {
  const std::array<std::string_view, 3> names{"serve", "token", "config"};
  EXPECT_EQ(nearest_name("serv", names), "serve");
  EXPECT_EQ(nearest_name("confgi", names), "config");
  EXPECT_EQ(nearest_name("zzzzzzzzzz", names), std::nullopt);
}

}  // namespace
}  // namespace roomlog::testing
