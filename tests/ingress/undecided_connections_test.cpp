#include "ingress/undecided_connections.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

TEST(undecided_connections, a_connection_is_known_until_its_last_command_is_decided) {
  undecided_connections known;
  known.add(7);
  known.add(7);
  known.remove(7);
  EXPECT_TRUE(known.has(7));
  EXPECT_FALSE(known.has(8));
  known.remove(7);
  EXPECT_FALSE(known.has(7));
}

TEST(undecided_connections, a_closed_one_is_forgotten_with_its_last_command) {
  undecided_connections known;
  known.close(7);
  EXPECT_FALSE(known.is_closed(7)) << "nothing of it is undecided";
  known.add(7);
  known.close(7);
  EXPECT_TRUE(known.is_closed(7));
  known.remove(7);
  EXPECT_FALSE(known.is_closed(7));
}

}  // namespace
}  // namespace roomlog::testing
