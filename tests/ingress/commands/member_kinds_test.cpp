// join, leave, invite, kick, role.
#include <gtest/gtest.h>

#include "ingress/commands/command_kind.h"
#include "tests/ingress/commands/record_of.h"

namespace roomlog::testing {
namespace {

member_changed facts_of_json(const command_record& record) {
  return std::get<member_changed>(facts_of(record).facts);
}

TEST(member_kinds, who_joins_or_leaves_is_the_sender) {
  const auto join = record_of(R"({"type":"join","room":"r"})");
  EXPECT_EQ(facts_of_json(join), (member_changed{member_change::joined, "ann", {}}));
  const auto leave = record_of(R"({"type":"leave","room":"r"})");
  EXPECT_EQ(facts_of_json(leave), (member_changed{member_change::left, "ann", {}}));
}

TEST(member_kinds, who_is_invited_is_a_writer_and_counts_as_one_named) {
  const auto invite = record_of(R"({"type":"invite","room":"r","user":"bob"})");
  EXPECT_EQ(facts_of_json(invite),
            (member_changed{member_change::invited, "bob", member_role::writer}));
  EXPECT_EQ(cost_of(invite).people, 1u);
}

TEST(member_kinds, a_user_who_is_no_member_is_told_as_such) {
  for (const char* json : {R"({"type":"kick","room":"r","user":"bob"})",
                           R"({"type":"role","room":"r","user":"bob","role":"admin"})"}) {
    const auto record = record_of(json);
    const auto refused = kind_of(record).wrong_target(record, seq_no{9});
    EXPECT_EQ(refused.code, error_code::invalid_field) << json;
    EXPECT_EQ(refused.message, "user: must be a member of this room") << json;
  }
}

}  // namespace
}  // namespace roomlog::testing
