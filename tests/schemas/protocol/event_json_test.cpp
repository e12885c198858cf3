// The frames of events, held against docs/protocol.md §2 "Events" with a parser of others.
#include "schemas/protocol/event_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

#include "schemas/records/codec.h"
#include "tests/schemas/records/aligned_bytes.h"
#include "tests/schemas/records/arbitrary.h"
#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

namespace json = boost::json;

event_standing standing() {
  event_standing s;
  s.seq = seq_no{42};
  s.at = offset{1234};
  s.ts = timestamp{1'772'356'447'000'123};
  return s;
}

// An event without the fields that are left out when empty.
event plain_event(event_facts facts) {
  event e;
  e.room = "default/general";
  e.actor = "ann";
  e.facts = std::move(facts);
  return e;
}

json::value frame(const event& e, const event_standing& s) {
  std::string out = "before ";
  const auto written = append_event_json(out, e, s);
  EXPECT_TRUE(written.has_value());
  EXPECT_EQ(out.substr(0, 7), "before ");
  EXPECT_EQ(out.find('\n'), std::string::npos);
  return json::parse(out.substr(7));
}

// The common fields of plain_event(), and those of `particular`.
json::value expected(std::string_view kind, std::string_view particular) {
  json::object all = json::parse(R"({"type":"event","room":"general","seq":42,"offset":1234,
      "ts":"2026-03-01T09:14:07.000123Z","actor":"ann"})")
                         .as_object();
  all["kind"] = kind;
  const auto more = json::parse(particular);
  for (const auto& [name, value] : more.as_object()) all[name] = value;
  return all;
}

struct held_message {
  std::string content;
  event ev;
};

held_message message(event_facts facts, const message_content& content) {
  held_message held{encode(content), plain_event(std::move(facts))};
  held.ev.content = as_byte_view(held.content);
  return held;
}

const message_content full{"markdown", "a \"b\"\n", R"({"x":1})", R"([{"url":"u"}])",
                           R"({"alg":"EdDSA"})"};

// S1.12, S4.13
TEST(event_json, message_has_the_fields_of_the_protocol_in_its_order) {
  auto held = message(message_posted{}, {"text", "hi", {}, {}, {}});
  held.ev.actor_name = "Ann";
  held.ev.device = "d1";
  held.ev.cid = "0b6e";
  std::string out;
  ASSERT_TRUE(append_event_json(out, held.ev, standing()).has_value());
  EXPECT_EQ(out,
            R"({"type":"event","room":"general","seq":42,"offset":1234,)"
            R"("ts":"2026-03-01T09:14:07.000123Z","kind":"message","actor":"ann","name":"Ann",)"
            R"("device":"d1","cid":"0b6e","content_type":"text","text":"hi"})");
}

// S0.6, S1.43
TEST(event_json, message_carries_what_was_sent_with_it) {
  const auto held = message(message_posted{seq_no{3}, seq_no{9}}, full);
  EXPECT_EQ(frame(held.ev, standing()),
            expected("message", R"({"content_type":"markdown","text":"a \"b\"\n",
                "metadata":{"x":1},"attachments":[{"url":"u"}],"signature":{"alg":"EdDSA"},
                "thread":3,"reply_to":9})"));
}

TEST(event_json, deleted_message_is_shown_without_what_it_said) {
  const auto held = message(message_posted{seq_no{3}, seq_no{9}}, full);
  auto s = standing();
  s.deleted = true;
  EXPECT_EQ(frame(held.ev, s), expected("message", R"({"deleted":true,"thread":3,"reply_to":9})"));
}

TEST(event_json, deleted_message_is_shown_even_where_its_content_was_erased) {
  auto e = plain_event(message_posted{});
  e.body_encoding = 1;
  e.content = as_byte_view("opaque");
  auto s = standing();
  s.deleted = true;
  EXPECT_EQ(frame(e, s), expected("message", R"({"deleted":true})"));
}

TEST(event_json, edited_message_says_how_often) {
  const auto held = message(message_posted{}, {"text", "hi", {}, {}, {}});
  auto s = standing();
  s.edited = true;
  s.edit_count = 3;
  EXPECT_EQ(
      frame(held.ev, s),
      expected("message", R"({"content_type":"text","text":"hi","edited":true,"edit_count":3})"));
}

TEST(event_json, edit_names_target_and_text) {
  const auto held = message(message_edited{seq_no{41}}, {"text", "hello", {}, {}, {}});
  EXPECT_EQ(frame(held.ev, standing()), expected("edit", R"({"target":41,"text":"hello"})"));
}

TEST(event_json, edit_of_a_message_that_was_deleted_is_shown_without_its_text) {
  const auto held = message(message_edited{seq_no{41}}, {"text", "hello", {}, {}, {}});
  auto s = standing();
  s.deleted = true;
  EXPECT_EQ(frame(held.ev, s), expected("edit", R"({"target":41,"deleted":true})"));
}

TEST(event_json, delete_names_its_target) {
  EXPECT_EQ(frame(plain_event(message_deleted{seq_no{41}}), standing()),
            expected("delete", R"({"target":41})"));
}

TEST(event_json, reaction_names_target_emoji_and_op) {
  EXPECT_EQ(frame(plain_event(reaction_changed{seq_no{41}, "\xF0\x9F\x91\x8D", false}), standing()),
            expected("reaction", "{\"target\":41,\"emoji\":\"\xF0\x9F\x91\x8D\",\"op\":\"add\"}"));
  EXPECT_EQ(frame(plain_event(reaction_changed{seq_no{41}, ":+1:", true}), standing()),
            expected("reaction", R"({"target":41,"emoji":":+1:","op":"remove"})"));
}

// S4.17
TEST(event_json, member_names_user_change_and_role) {
  const auto member = [](member_change change, member_role role) {
    return frame(plain_event(member_changed{change, "bob", role}), standing());
  };
  EXPECT_EQ(member(member_change::joined, member_role::writer),
            expected("member", R"({"user":"bob","change":"joined","role":"writer"})"));
  EXPECT_EQ(member(member_change::invited, member_role::writer),
            expected("member", R"({"user":"bob","change":"invited","role":"writer"})"));
  EXPECT_EQ(member(member_change::role, member_role::admin),
            expected("member", R"({"user":"bob","change":"role","role":"admin"})"));
  EXPECT_EQ(member(member_change::left, member_role::none),
            expected("member", R"({"user":"bob","change":"left"})"));
  EXPECT_EQ(member(member_change::kicked, member_role::none),
            expected("member", R"({"user":"bob","change":"kicked"})"));
}

TEST(event_json, who_joins_or_is_invited_without_a_role_is_shown_as_writer) {
  for (const auto change : {member_change::joined, member_change::invited}) {
    const auto shown =
        frame(plain_event(member_changed{change, "bob", member_role::none}), standing());
    EXPECT_EQ(shown.at("role"), "writer");
  }
}

TEST(event_json, room_names_title_and_settings) {
  const auto content = encode(room_content{"General", R"({"topic":"all"})"});
  auto created = plain_event(room_created{true, false, {"bob", "carol"}});
  created.content = as_byte_view(content);
  EXPECT_EQ(frame(created, standing()),
            expected("room", R"({"change":"created","title":"General","metadata":{"topic":"all"},
                "public":true,"direct":false,"members":["bob","carol"]})"));
  auto changed = plain_event(room_changed{});
  changed.content = as_byte_view(content);
  EXPECT_EQ(
      frame(changed, standing()),
      expected("room", R"({"change":"changed","title":"General","metadata":{"topic":"all"}})"));
}

TEST(event_json, room_without_content_has_no_title) {
  EXPECT_EQ(frame(plain_event(room_created{false, true, {"bob"}}), standing()),
            expected("room", R"({"change":"created","public":false,"direct":true,
                "members":["bob"]})"));
  EXPECT_EQ(frame(plain_event(room_changed{true}), standing()),
            expected("room", R"({"change":"closed"})"));
}

TEST(event_json, what_does_not_decode_leaves_the_output_as_it_was) {
  auto broken = plain_event(message_posted{});
  auto encrypted = message(message_edited{seq_no{1}}, full).ev;
  encrypted.body_encoding = 1;
  auto bad_room = plain_event(room_created{});
  bad_room.content = as_byte_view("no content");
  for (const auto& e : {broken, encrypted, bad_room, plain_event(gateway_fence{}),
                        plain_event(unknown_body{200})}) {
    std::string out = "before";
    const auto written = append_event_json(out, e, standing());
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, errc::malformed);
    EXPECT_EQ(out, "before");
  }
}

TEST(event_json, kinds_have_the_names_of_the_protocol) {
  const std::pair<event_facts, std::string> kinds[] = {{message_posted{}, "message"},
                                                       {message_edited{}, "edit"},
                                                       {message_deleted{}, "delete"},
                                                       {reaction_changed{}, "reaction"},
                                                       {member_changed{}, "member"},
                                                       {room_created{}, "room"},
                                                       {room_changed{}, "room"},
                                                       {log_descriptor{}, ""},
                                                       {gateway_fence{}, ""},
                                                       {epoch_changed{}, ""},
                                                       {import_begun{}, ""},
                                                       {fold_activated{}, ""},
                                                       {log_sealed{}, ""},
                                                       {principal_revoked{}, ""},
                                                       {watermarks_advanced{}, ""},
                                                       {unknown_body{}, ""}};
  for (const auto& [facts, name] : kinds) EXPECT_EQ(event_kind(plain_event(facts)), name);
}

RC_GTEST_PROP(event_json, every_text_comes_through, ()) {
  const auto text = *arbitrary_text(), name = *arbitrary_text(), room = *arbitrary_text();
  auto held = message(message_posted{}, {"text", text, {}, {}, {}});
  const std::string key = "default/" + room;
  held.ev.room = key;
  held.ev.actor_name = name;
  std::string out;
  RC_ASSERT(append_event_json(out, held.ev, standing()).has_value());
  const auto parsed = json::parse(out);
  RC_ASSERT(parsed.at("text").as_string() == text);
  RC_ASSERT(parsed.at("room").as_string() == room);
  if (!name.empty()) RC_ASSERT(parsed.at("name").as_string() == name);
}

}  // namespace
}  // namespace roomlog::testing
