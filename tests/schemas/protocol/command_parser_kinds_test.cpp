// The other commands than send: what the parser takes of each, and what it refuses.
#include "tests/schemas/protocol/command_parser_support.h"

namespace roomlog::testing {
namespace {

TEST(command_parser, takes_room_creation) {
  const auto made = accepted<event_command>(
      R"({"type":"create","room":"r","title":"T","members":["bob","ann","bob"],"public":true})");
  const auto& body = std::get<create_command>(made.body);
  EXPECT_EQ(body.title, "T");
  EXPECT_EQ(body.members, (std::vector<std::string>{"bob", "ann"}));
  EXPECT_TRUE(body.is_public);
  EXPECT_FALSE(body.direct);

  const auto direct = accepted<event_command>(R"({"type":"create","direct":true,"members":["b"]})");
  EXPECT_EQ(direct.room, "");
  EXPECT_TRUE(std::get<create_command>(direct.body).direct);
}

TEST(command_parser, bounds_room_creation) {
  const auto members = [](int count) {
    std::string json = R"({"type":"create","room":"r","members":[)";
    for (int i = 0; i < count; ++i) {
      json += (i == 0 ? "" : ",") + json_text("u" + std::to_string(i));
    }
    return json + "]}";
  };
  EXPECT_EQ(body_of<create_command>(members(100)).members.size(), 100u);
  expect_refused(members(101), error_code::invalid_field, "members");
  const auto titled = [](std::size_t n) {
    std::string title;
    for (std::size_t i = 0; i < n; ++i) title += "\u00e9";
    return R"({"type":"create","room":"r","title":")" + title + "\"}";
  };
  accepted<event_command>(titled(256));
  expect_refused(titled(257), error_code::invalid_field, "title");
  const std::pair<const char*, const char*> bad[] = {
      {R"({"type":"create","room":"dm:abc"})", "room"},
      {R"({"type":"create","room":"r","direct":1})", "direct"},
      {R"({"type":"create","room":"r","public":"yes"})", "public"},
      {R"({"type":"create","room":"r","members":"bob"})", "members"},
      {R"({"type":"create","room":"r","members":[1]})", "members"},
      {R"({"type":"create","room":"r","members":[""]})", "members"},
      {R"({"type":"create","direct":true})", "members"},
      {R"({"type":"create","direct":true,"members":[]})", "members"},
      {R"({"type":"create","direct":true,"members":["a","b"]})", "members"},
      {R"({"type":"create","direct":true,"members":["a"],"public":true})", "public"},
  };
  for (const auto& [json, field] : bad) expect_refused(json, error_code::invalid_field, field);
}

TEST(command_parser, takes_membership_commands) {
  body_of<join_command>(R"({"type":"join","room":"r"})");
  body_of<leave_command>(R"({"type":"leave","room":"r"})");
  EXPECT_EQ(body_of<kick_command>(R"({"type":"kick","room":"r","user":"bob"})").user, "bob");
  const auto role =
      body_of<role_command>(R"({"type":"role","room":"r","user":"bob","role":"reader"})");
  EXPECT_EQ(role.role, member_role::reader);
  for (const char* bad : {"\"\\u0000\"", "\"king\"", "\"Owner\"", "7"}) {
    const auto refusal =
        refused(R"({"type":"role","room":"r","user":"bob","role":)" + std::string(bad) + "}");
    EXPECT_NE(refusal.error.code, error_code::missing_fields);
  }
}

TEST(command_parser, takes_every_form_of_subscription) {
  EXPECT_EQ(
      accepted<subscribe_command>(R"({"type":"subscribe","room":"r","after_seq":0})").after_seq,
      seq_no{0});
  EXPECT_EQ(accepted<subscribe_command>(R"({"type":"subscribe","room":"r","after_offset":9})")
                .after_offset,
            offset{9});
  EXPECT_EQ(accepted<subscribe_command>(R"({"type":"subscribe","room":"r","last":50})").last, 50u);
  EXPECT_EQ(accepted<subscribe_command>(
                R"({"type":"subscribe","room":"r","since":"1970-01-01T00:00:01Z"})")
                .since,
            timestamp{1'000'000});
  const auto plain =
      accepted<subscribe_command>(R"({"type":"subscribe","id":2,"room":"r","epoch":"ab12"})");
  EXPECT_EQ(plain.epoch, "ab12");
  EXPECT_FALSE(plain.after_seq || plain.after_offset || plain.since || plain.last);

  const std::pair<const char*, const char*> bad[] = {
      {R"("after_seq":1,"last":1)", "after_seq"},
      {R"("since":"yesterday")", "since"},
      {R"("since":5)", "since"},
      {R"("last":-1)", "last"},
      {R"("after_seq":-0)", "after_seq"},
      {R"("after_seq":9007199254740992)", "after_seq"},
      {R"("after_offset":1.5)", "after_offset"},
      {R"("epoch":5)", "epoch"},
      {R"("epoch":")"
       "\u00e9\"",
       "epoch"},
  };
  for (const auto& [fields, field] : bad) {
    expect_refused(R"({"type":"subscribe","room":"r",)" + std::string(fields) + "}",
                   error_code::invalid_field, field);
  }
}

TEST(command_parser, takes_queries_within_their_bounds) {
  const auto page = accepted<history_command>(
      R"({"type":"history","room":"r","before_seq":9,"limit":200,"kinds":["message"],"min_seq":4})");
  EXPECT_EQ(page.before_seq, seq_no{9});
  EXPECT_EQ(page.limit, 200u);
  EXPECT_EQ(page.kinds, std::vector<std::string>{"message"});
  EXPECT_EQ(page.min_seq, seq_no{4});
  EXPECT_EQ(accepted<history_command>(R"({"type":"history","room":"r"})").limit, 50u);
  EXPECT_EQ(accepted<rooms_command>(R"({"type":"rooms","min_seq":3})").min_seq, seq_no{3});
  EXPECT_EQ(accepted<members_command>(R"({"type":"members","room":"r"})").room, "r");
  for (const char* bad : {R"("limit":0)", R"("limit":201)", R"("kinds":["ack"])",
                          R"("before_seq":1,"after_seq":1)", R"("kinds":"message")"}) {
    expect_refused(R"({"type":"history","room":"r",)" + std::string(bad) + "}",
                   error_code::invalid_field);
  }
}

TEST(command_parser, takes_pages_of_rooms_and_members_within_their_bounds) {
  const auto rooms =
      accepted<rooms_command>(R"({"type":"rooms","after":"q","limit":200,"order":"name"})");
  EXPECT_EQ(rooms.after, "q");
  EXPECT_EQ(rooms.limit, 200u);
  EXPECT_FALSE(rooms.recent);
  EXPECT_TRUE(accepted<rooms_command>(R"({"type":"rooms","order":"recent","limit":1})").recent);
  const auto members =
      accepted<members_command>(R"({"type":"members","room":"r","after":"z y","limit":1})");
  EXPECT_EQ(members.after, "z y");
  EXPECT_EQ(members.limit, 1u);
  const std::pair<const char*, const char*> bad[] = {
      {R"("type":"rooms","limit":0)", "limit"},
      {R"("type":"rooms","limit":201)", "limit"},
      {R"("type":"rooms","after":"a b")", "after"},
      {R"("type":"rooms","order":"size")", "order"},
      {R"("type":"rooms","order":1)", "order"},
      {R"("type":"rooms","order":"recent","after":"q")", "after"},
      {R"("type":"members","room":"r","limit":201)", "limit"},
      {R"("type":"members","room":"r","after":7)", "after"},
  };
  for (const auto& [fields, field] : bad)
    expect_refused('{' + std::string(fields) + '}', error_code::invalid_field, field);
}

TEST(command_parser, takes_the_commands_of_a_connection) {
  EXPECT_EQ(accepted<auth_command>(R"({"type":"auth","token":"t.t.t"})").token, "t.t.t");
  EXPECT_EQ(accepted<refresh_command>(R"({"type":"refresh","id":1,"token":"t"})").id, "1");
  EXPECT_EQ(accepted<options_command>(R"({"type":"options","echo":true})").echo, true);
  EXPECT_EQ(accepted<options_command>(R"({"type":"options"})").echo, std::nullopt);
  expect_refused(R"({"type":"options","echo":1})", error_code::invalid_field, "echo");
  EXPECT_EQ(accepted<unsubscribe_command>(R"({"type":"unsubscribe","room":"r"})").room, "r");
}

TEST(command_parser, takes_edits_deletions_and_reactions) {
  const auto edit = body_of<edit_command>(R"({"type":"edit","room":"r","seq":7,"text":" "})");
  EXPECT_EQ(edit.seq, seq_no{7});
  EXPECT_EQ(edit.text, " ");
  EXPECT_EQ(body_of<delete_command>(R"({"type":"delete","room":"r","seq":7})").seq, seq_no{7});
  const auto added = body_of<react_command>(
      "{\"type\":\"react\",\"room\":\"r\",\"seq\":7,\"emoji\":\"\xf0\x9f\x91\x8d\"}");
  EXPECT_EQ(added.seq, seq_no{7});
  EXPECT_EQ(added.emoji, "\xf0\x9f\x91\x8d");
  EXPECT_FALSE(added.remove);
  EXPECT_TRUE(
      body_of<react_command>(R"({"type":"react","room":"r","seq":7,"emoji":"+1","remove":true})")
          .remove);
}

TEST(command_parser, refuses_edits_deletions_and_reactions_that_lack_or_have_wrong_fields) {
  for (const char* json :
       {R"({"type":"edit","room":"r","text":"t"})", R"({"type":"edit","room":"r","seq":7})",
        R"({"type":"edit","room":"r","seq":7,"text":""})", R"({"type":"edit","seq":7,"text":"t"})",
        R"({"type":"delete","room":"r"})", R"({"type":"react","room":"r","seq":7})",
        R"({"type":"react","room":"r","seq":7,"emoji":""})",
        R"({"type":"react","room":"r","emoji":"+1"})"}) {
    expect_refused(json, error_code::missing_fields);
  }
  const std::string long_emoji(65, 'x');
  const std::pair<std::string, const char*> bad[] = {
      {R"({"type":"edit","room":"r","seq":0,"text":"t"})", "seq"},
      {R"({"type":"edit","room":"r","seq":"7","text":"t"})", "seq"},
      {R"({"type":"edit","room":"r","seq":7,"text":7})", "text"},
      {R"({"type":"delete","room":"r","seq":-1})", "seq"},
      {R"({"type":"react","room":"r","seq":7,"emoji":"a b"})", "emoji"},
      {R"({"type":"react","room":"r","seq":7,"emoji":")" + long_emoji + "\"}", "emoji"},
      {R"({"type":"react","room":"r","seq":7,"emoji":"+1","remove":1})", "remove"}};
  for (const auto& [json, says] : bad) expect_refused(json, error_code::invalid_field, says);
  const auto edit_of = [](std::size_t characters) {
    return R"({"type":"edit","room":"r","seq":7,"text":")" + std::string(characters, 'x') + "\"}";
  };
  accepted<event_command>(edit_of(4000));
  expect_refused(edit_of(4001), error_code::message_too_long, "4000");
  accepted<event_command>(R"({"type":"react","room":"r","seq":7,"emoji":")" + std::string(64, 'x') +
                          "\"}");
}

TEST(command_parser, knows_no_command_of_a_feature_that_is_off) {
  parser_limits limits;
  limits.features.edits = false;
  for (const char* json : {R"({"type":"edit","room":"r","seq":7,"text":"t"})",
                           R"({"type":"delete","room":"r","seq":7})"}) {
    const auto off = refused(json, limits);
    EXPECT_EQ(off.error.code, error_code::unknown_type) << json;
    EXPECT_TRUE(off.of_protocol) << json;
  }
  const char* react = R"({"type":"react","room":"r","seq":7,"emoji":"+1"})";
  accepted<event_command>(react, limits);
  limits.features.reactions = false;
  EXPECT_EQ(refused(react, limits).error.code, error_code::unknown_type);
}

}  // namespace
}  // namespace roomlog::testing
