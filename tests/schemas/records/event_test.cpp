#include "schemas/records/event.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

TEST(event, equal_only_when_every_field_is) {
  const event a = user_event();
  EXPECT_TRUE(a == user_event());
  const std::function<void(event&)> changes[] = {
      [](event& e) { e.schema_version = 99; },
      [](event& e) { e.critical = false; },
      [](event& e) { e.append.gateway = "other"; },
      [](event& e) { e.append.counter = 1; },
      [](event& e) { e.append.nonce = 1; },
      [](event& e) { e.append.number = 1; },
      [](event& e) { e.room = "other"; },
      [](event& e) { e.actor = "other"; },
      [](event& e) { e.actor_name = "other"; },
      [](event& e) { e.device = "other"; },
      [](event& e) { e.cid = "other"; },
      [](event& e) { e.after_cid = "other"; },
      [](event& e) { e.digest[15] ^= std::byte{1}; },
      [](event& e) { e.digest_alg = digest_algorithm::none; },
      [](event& e) { e.deadline = timestamp{1}; },
      [](event& e) { e.client_time = timestamp{1}; },
      [](event& e) { e.gateway_time = timestamp{1}; },
      [](event& e) { e.traceparent = "other"; },
      [](event& e) { e.body_encoding = 1; },
      [](event& e) { e.key_id = "other"; },
      [](event& e) { e.origin.emplace(); },
      [](event& e) { e.facts = gateway_fence{}; },
      [](event& e) { e.content = as_byte_view("other"); },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    event b = user_event();
    changes[i](b);
    EXPECT_FALSE(a == b) << i;
  }
}

TEST(event, content_is_compared_by_bytes_not_by_place) {
  const std::string one = "same", other = "same";
  event a = user_event(), b = user_event();
  a.content = as_byte_view(one);
  b.content = as_byte_view(other);
  EXPECT_TRUE(a == b);
}

TEST(event, room_key_divides_at_the_first_slash) {
  const auto expect = [](std::string_view key, std::string_view tenant, std::string_view room) {
    EXPECT_EQ(split_room_key(key).tenant, tenant);
    EXPECT_EQ(split_room_key(key).room, room);
  };
  expect("default/general", "default", "general");
  expect("default/a/b", "default", "a/b");
  expect("default/", "default", "");
  expect("/general", "", "general");
  expect("general", "", "general");
  expect("", "", "");
}

TEST(event, roles_have_names_that_can_be_read_back) {
  for (const auto role :
       {member_role::owner, member_role::admin, member_role::writer, member_role::reader}) {
    EXPECT_EQ(parse_member_role(to_string(role)), role);
  }
  EXPECT_STREQ(to_string(member_role::none), "");
  for (const auto* name : {"", "Owner", "owners", "none", "moderator"}) {
    EXPECT_EQ(parse_member_role(name), std::nullopt) << name;
  }
}

TEST(event, changes_of_members_have_the_names_of_the_protocol) {
  EXPECT_STREQ(to_string(member_change::joined), "joined");
  EXPECT_STREQ(to_string(member_change::invited), "invited");
  EXPECT_STREQ(to_string(member_change::left), "left");
  EXPECT_STREQ(to_string(member_change::kicked), "kicked");
  EXPECT_STREQ(to_string(member_change::role), "role");
}

}  // namespace
}  // namespace roomlog::testing
