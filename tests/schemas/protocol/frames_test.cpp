// Frames as clients see them: docs/protocol.md §2. What sessions say when is tested with sessions.
#include "schemas/protocol/frames.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

TEST(frames, hello_says_what_the_client_may_do) {
  std::string out;
  frames::hello(out,
                {"s1", "e1", timestamp{1'000'000}, 2'000, {65'536, 10'000, 256, 8, 1'000, 100}});
  EXPECT_EQ(
      out,
      R"({"type":"hello","session":"s1","epoch":"e1","server_time":"1970-01-01T00:00:01.000000Z",)"
      R"("ping_ms":2000,"limits":{"frame_bytes":65536,"attempt_ms":10000,"in_flight":256,)"
      R"("queries":8,"subscriptions":1000,"connections_per_user":100},"features":["edits","reactions"]})");
}

TEST(frames, hello_names_only_what_is_served) {
  frames::hello_facts facts{"s1", "e1", timestamp{1'000'000}, 2'000, {}, {false, true}};
  std::string out;
  frames::hello(out, facts);
  EXPECT_NE(out.find(R"("features":["reactions"]})"), std::string::npos) << out;
  facts.features.reactions = false;
  out.clear();
  frames::hello(out, facts);
  EXPECT_NE(out.find(R"("features":[]})"), std::string::npos) << out;
}

TEST(frames, a_room_in_a_list_has_its_last_event_where_it_is_given) {
  frames::listed_room_facts room{"general", "General", false, member_role::owner,
                                 seq_no{7}, seq_no{5}, 2};
  std::string out;
  frames::listed_room(out, room);
  EXPECT_EQ(out, R"({"room":"general","title":"General","direct":false,"role":"owner","head":7,)"
                 R"("read":5,"unread":2})");
  event last;
  last.room = "default/general";
  last.actor = "ann";
  last.facts = message_deleted{seq_no{3}};
  room.last = &last;
  room.last_standing = {seq_no{7}, offset{9}, timestamp{2'000'000}};
  out.clear();
  frames::listed_room(out, room);
  EXPECT_NE(out.find(R"("last":{"type":"event","room":"general","seq":7,"offset":9,)"),
            std::string::npos)
      << out;
}

TEST(frames, an_error_says_only_what_is_known) {
  std::string out;
  frames::error(out, "1", {}, make_client_error(error_code::missing_fields));
  EXPECT_EQ(out, R"({"type":"error","id":1,"code":"missing_fields",)"
                 R"("message":"Missing required fields","temporary":false})");
  auto limited = make_client_error(error_code::rate_limited);
  limited.limit = "user_per_second";
  limited.retry_after_ms = 40;
  out.clear();
  frames::error(out, {}, "c-1", limited);
  EXPECT_EQ(out, R"({"type":"error","cid":"c-1","code":"rate_limited",)"
                 R"("message":"Rate limit exceeded","temporary":true,"retry_after_ms":40,)"
                 R"("limit":"user_per_second"})");
}

TEST(frames, an_event_whose_content_does_not_decode_keeps_its_place) {
  event posted;
  posted.room = "default/general";
  posted.actor = "ann";
  posted.facts = message_posted{};
  posted.body_encoding = 9;
  std::string out = "before";
  EXPECT_FALSE(frames::event(out, posted, {seq_no{4}, offset{5}, timestamp{1}}));
  EXPECT_EQ(out, R"(before{"type":"event","room":"general","seq":4,"offset":5,)"
                 R"("ts":"1970-01-01T00:00:00.000001Z","kind":"message","actor":"ann",)"
                 R"("unreadable":true})");
}

}  // namespace
}  // namespace roomlog::testing
