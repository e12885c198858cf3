#include <gtest/gtest.h>

#include "ingress/commands/command_kind.h"
#include "tests/ingress/commands/record_of.h"

namespace roomlog::testing {
namespace {

std::optional<client_error> resolve(command_record& record) {
  return kind_of(record).resolve_room(record);
}

TEST(create, both_sides_of_a_direct_room_arrive_at_the_same_name) {
  auto of_ann = record_of(R"({"type":"create","direct":true,"members":["bob"]})");
  EXPECT_FALSE(resolve(of_ann));
  EXPECT_EQ(of_ann.command.room.rfind("dm:", 0), 0u);
  auto of_bob = record_of(R"({"type":"create","direct":true,"members":["ann"]})");
  of_bob.user = "bob";
  EXPECT_FALSE(resolve(of_bob));
  EXPECT_EQ(of_bob.command.room, of_ann.command.room);
  auto named = record_of(R"({"type":"create","room":")" + of_ann.command.room +
                         R"(","direct":true,"members":["bob"]})");
  EXPECT_FALSE(resolve(named)) << "its own name may be given";
}

TEST(create, a_direct_room_needs_another_user_and_no_name_of_its_own) {
  auto alone = record_of(R"({"type":"create","direct":true,"members":["ann"]})");
  EXPECT_EQ(resolve(alone).value().message,
            "members: must be exactly one other user for a direct room");
  auto named = record_of(R"({"type":"create","room":"dm:x","direct":true,"members":["bob"]})");
  EXPECT_EQ(resolve(named).value().message,
            "room: must be left out for a direct room, whose id follows from the pair");
}

TEST(create, other_rooms_keep_their_names) {
  auto record = record_of(R"({"type":"create","room":"r","members":["bob"]})");
  EXPECT_FALSE(resolve(record));
  EXPECT_EQ(record.command.room, "r");
}

TEST(create, its_sender_is_no_member_besides_and_costs_no_invitation) {
  const auto record =
      record_of(R"({"type":"create","room":"r","members":["ann","bob"],"title":"T"})");
  EXPECT_EQ(cost_of(record).people, 1u);
  EXPECT_EQ(std::get<room_created>(facts_of(record).facts).members,
            std::vector<std::string_view>{"bob"});
}

}  // namespace
}  // namespace roomlog::testing
