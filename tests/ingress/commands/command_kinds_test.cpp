// Every type of command that makes events is complete: it is parsed, has a digest, facts, content
// that decodes, and a cost. A type without a sample here fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "ingress/commands/command_kind.h"
#include "schemas/protocol/command_types.h"
#include "schemas/records/codec.h"
#include "tests/ingress/commands/record_of.h"

namespace roomlog::testing {
namespace {

struct sample {
  std::string_view type, json;
  event_facts facts;
  command_cost cost;          // without its bytes
  std::string_view filtered;  // text
};

const std::vector<std::string_view> bob_and_eve{"bob", "eve"};

const sample samples[] = {
    {"send",
     R"({"type":"send","room":"r","cid":"c","text":"hello","thread":7,"reply_to":9})",
     message_posted{seq_no{7}, seq_no{9}},
     {0, 0, true},
     "hello"},
    {"create",
     R"({"type":"create","room":"r","cid":"c","title":"R","members":["bob","ann","eve"],"public":true})",
     room_created{true, false, bob_and_eve},
     {0, 2, false},
     ""},
    {"join",
     R"({"type":"join","room":"r","cid":"c"})",
     member_changed{member_change::joined, "ann", member_role::none},
     {},
     ""},
    {"leave",
     R"({"type":"leave","room":"r","cid":"c"})",
     member_changed{member_change::left, "ann", member_role::none},
     {},
     ""},
    {"invite",
     R"({"type":"invite","room":"r","cid":"c","user":"bob"})",
     member_changed{member_change::invited, "bob", member_role::writer},
     {0, 1, false},
     ""},
    {"kick",
     R"({"type":"kick","room":"r","cid":"c","user":"bob"})",
     member_changed{member_change::kicked, "bob", member_role::none},
     {},
     ""},
    {"role",
     R"({"type":"role","room":"r","cid":"c","user":"bob","role":"admin"})",
     member_changed{member_change::role, "bob", member_role::admin},
     {},
     ""},
    {"edit",
     R"({"type":"edit","room":"r","cid":"c","seq":7,"text":"hello"})",
     message_edited{seq_no{7}},
     {},
     "hello"},
    {"delete",
     R"({"type":"delete","room":"r","cid":"c","seq":7})",
     message_deleted{seq_no{7}},
     {},
     ""},
    {"react",
     R"({"type":"react","room":"r","cid":"c","seq":7,"emoji":"+1","remove":true})",
     reaction_changed{seq_no{7}, "+1", true},
     {},
     "+1"},
};

TEST(command_kinds, every_body_and_every_type_that_makes_events_has_its_kind) {
  std::set<std::size_t> bodies;
  for (const sample& s : samples) {
    SCOPED_TRACE(s.type);
    const auto record = record_of(s.json);
    EXPECT_EQ(kind_of(record).name, s.type);
    bodies.insert(record.command.body.index());
  }
  EXPECT_EQ(bodies.size(), std::variant_size_v<event_body_command>);
  // And no type that is parsed to a body is without a sample.
  for (const command_type& type : command_types()) {
    const auto json =
        R"({"type":")" + std::string(type.name) +
        R"(","room":"r","cid":"c","text":"t","seq":1,"user":"u","role":"reader","token":"t","emoji":"+1"})";
    const auto parsed = parse_command(json);
    ASSERT_TRUE(std::holds_alternative<command>(parsed)) << json;
    if (!std::holds_alternative<event_command>(std::get<command>(parsed))) continue;
    EXPECT_NE(std::ranges::find(samples, type.name, &sample::type), std::end(samples)) << type.name;
  }
}

TEST(command_kinds, every_kind_has_a_digest_and_the_facts_and_content_of_its_record) {
  for (const sample& s : samples) {
    SCOPED_TRACE(s.type);
    const auto record = record_of(s.json);
    EXPECT_NE(record.command.digest, command_digest{});
    const std::string bytes = encode_record(record, {"gateway-1", 1, 2, 3});
    std::vector<std::uint64_t> aligned(bytes.size() / sizeof(std::uint64_t) + 1);
    std::memcpy(aligned.data(), bytes.data(), bytes.size());
    const auto decoded = decode({reinterpret_cast<const std::byte*>(aligned.data()), bytes.size()});
    ASSERT_TRUE(decoded) << decoded.error().text;
    EXPECT_EQ(decoded->facts, s.facts);
    EXPECT_EQ(facts_of(record).facts, s.facts);
    EXPECT_EQ(decoded->digest, record.command.digest);
    EXPECT_EQ(decoded->actor, "ann");
    EXPECT_EQ(decoded->cid, "c");
    if (s.type == "send" || s.type == "edit") {
      const auto content = decode_message_content(decoded->content);
      ASSERT_TRUE(content);
      EXPECT_EQ(content->text, "hello");
    } else if (s.type == "create") {
      const auto content = decode_room_content(decoded->content);
      ASSERT_TRUE(content);
      EXPECT_EQ(content->title, "R");
    } else {
      EXPECT_TRUE(decoded->content.empty());
    }
  }
}

TEST(command_kinds, every_kind_says_what_it_costs_and_what_is_filtered) {
  for (const sample& s : samples) {
    SCOPED_TRACE(s.type);
    const auto record = record_of(s.json);
    const auto cost = cost_of(record);
    EXPECT_EQ(cost.bytes, record.log_bytes());
    EXPECT_EQ(cost.people, s.cost.people);
    EXPECT_EQ(cost.is_message, s.cost.is_message);
    EXPECT_EQ(kind_of(record).filtered_text(record), s.filtered);
  }
}

}  // namespace
}  // namespace roomlog::testing
