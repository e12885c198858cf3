// URLs of servers.
#include "clients/cpp/target.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

TEST(client_target, a_url_names_host_port_and_path) {
  const auto whole = client::parse_target("ws://[::1]:81/x?y=1");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->host, "::1");
  EXPECT_EQ(whole->port, "81");
  EXPECT_EQ(whole->path, "/x?y=1");
  for (const char* text : {"ws://host", "ws://host/"}) {
    const auto least = client::parse_target(text);
    ASSERT_TRUE(least) << text;
    EXPECT_EQ(least->port, "80");
    EXPECT_EQ(least->path, "/v1/ws");
  }
}

TEST(client_target, what_is_not_the_url_of_a_server_is_refused) {
  for (const char* bad : {"", "host", "http://host/", "ws://", "ws://host:x/", "ws://host:0/"}) {
    EXPECT_FALSE(client::parse_target(bad)) << bad;
  }
}

}  // namespace
}  // namespace roomlog::testing
