// Queries of a session: what they wait for, how much they are answered with.
#include <boost/json.hpp>

#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct queries_test : room_session {};

TEST_F(queries_test, queries_are_checked_and_answered_from_the_views) {
  client.text(R"({"type":"history","id":5,"room":"r","after_seq":7,"limit":2})");
  ASSERT_EQ(client.queries.size(), 1u);
  client.answer_queries();
  const auto page = all_said().back();
  EXPECT_EQ(field(page, "type"), "page");
  EXPECT_EQ(field(page, "id"), "5");
  EXPECT_EQ(field(page, "more"), "true");
  EXPECT_NE(field(page, "events").find(R"("seq":8)"), std::string::npos);
  client.text(R"({"type":"members","id":6,"room":"r"})");
  client.answer_queries();
  EXPECT_EQ(all_said().back(),
            R"({"type":"members","id":6,"room":"r","count":2,"members":[{"user":"ann",)"
            R"("role":"owner"},{"user":"bob","role":"writer"}],"more":false})");
  client.text(R"({"type":"rooms","id":7})");
  client.answer_queries();
  const auto rooms = field(all_said().back(), "rooms");
  EXPECT_EQ(rooms.rfind(R"([{"room":"r","title":"A room","direct":false,"role":"owner",)"
                        R"("head":10,"read":0,"unread":0,"last":{"type":"event")",
                        0),
            0u);
}

TEST_F(queries_test, history_of_a_room_that_one_may_not_read_is_refused) {
  shard.world.create("default/open", "bob", true);
  client.text(R"({"type":"history","room":"open"})");
  client.text(R"({"type":"members","room":"nowhere"})");
  EXPECT_EQ(story(), "not_member unknown_room");
}

TEST_F(queries_test, a_query_that_names_a_seq_beyond_the_head_waits_or_is_refused) {
  shard.limits.output_bytes_max = 3 * shard.limits.query_page_bytes;
  client.text(R"({"type":"history","id":1,"room":"r","min_seq":11})");
  client.text(R"({"type":"history","id":1,"room":"r","after_seq":11})");
  client.text(R"({"type":"history","id":1,"room":"r","before_seq":12})");
  EXPECT_EQ(story(), "invalid_field invalid_field invalid_field");
  client.text(R"({"type":"history","id":1,"room":"r","before_seq":11})");
  EXPECT_EQ(client.queries.size(), 1u);
  client.answer_queries();
  shard.world.fall_behind(1);
  client.text(R"({"type":"history","id":1,"room":"r","min_seq":11})");
  client.text(R"({"type":"rooms","id":2,"min_seq":1})");
  EXPECT_TRUE(client.queries.empty());
  shard.world.post("default/r", "bob", "11");
  shard.world.catch_up();
  client.level();
  EXPECT_EQ(client.queries.size(), 2u);
}

// A list of a page as it stands in the JSON.
std::string list_in(const std::string& page, const std::string& name) {
  const auto begin = page.find('"' + name + "\":[") + name.size() + 3;
  return page.substr(begin, page.rfind(']') + 1 - begin);
}

TEST_F(queries_test, a_page_of_history_ends_at_its_bytes_and_says_where_to_go_on) {
  const auto ask = [&](const std::string& more) {
    client.text(R"({"type":"history","id":1,"room":"r","limit":3)" + more + "}");
    client.answer_queries();
    return client.said().at(0);
  };
  const auto page_of = [&](const std::string& more) {
    const auto page = boost::json::parse(ask(more)).as_object();
    std::string out;
    for (const auto& entry : page.at("events").as_array())
      out += std::to_string(entry.at("seq").as_int64()) + ' ';
    if (!page.at("more").as_bool()) return out + (page.contains("next_seq") ? "next?" : "end");
    return out + "more:" + std::to_string(page.at("next_seq").as_int64());
  };
  const auto forward = list_in(ask(R"(,"after_seq":5)"), "events").size();
  shard.limits.query_page_bytes = forward;
  EXPECT_EQ(page_of(R"(,"after_seq":5)"), "6 7 8 more:8");
  EXPECT_EQ(shard.counters.query_pages_cut, 0u);
  shard.limits.query_page_bytes = forward - 1;
  EXPECT_EQ(page_of(R"(,"after_seq":5)"), "6 7 more:7");
  EXPECT_EQ(shard.counters.query_pages_cut, 1u);
  shard.limits.query_page_bytes = 256 * 1024;
  const auto newest = list_in(ask(""), "events").size();
  shard.limits.query_page_bytes = newest;
  EXPECT_EQ(page_of(""), "8 9 10 more:8");
  shard.limits.query_page_bytes = newest - 1;
  EXPECT_EQ(page_of(""), "9 10 more:9");
  shard.limits.query_page_bytes = 1;
  EXPECT_EQ(page_of(R"(,"after_seq":8)"), "9 more:9") << "an entry at least";
  EXPECT_EQ(page_of(R"(,"after_seq":9)"), "10 end");
}

// Each character of such a text takes six bytes of JSON.
TEST_F(queries_test, a_page_is_bounded_in_the_bytes_of_its_json_and_not_of_its_texts) {
  shard.world.post_many("default/r", "bob", std::string(4'000, '\x01'), 60);
  std::uint64_t after = 10, seen = 0;
  for (bool more = true; more;) {
    client.text(R"({"type":"history","id":1,"room":"r","limit":200,"after_seq":)" +
                std::to_string(after) + "}");
    client.answer_queries();
    const auto text = client.said().at(0);
    EXPECT_LE(list_in(text, "events").size(), 256u * 1024);
    EXPECT_GE(text.size(), 100u * 1024) << "no smaller than it must be";
    const auto page = boost::json::parse(text).as_object();
    for (const auto& entry : page.at("events").as_array())
      EXPECT_EQ(entry.at("seq").as_int64(), static_cast<std::int64_t>(11 + seen++));
    more = page.at("more").as_bool();
    if (more) after = static_cast<std::uint64_t>(page.at("next_seq").as_int64());
  }
  EXPECT_EQ(seen, 60u);
}

TEST_F(queries_test, kinds_that_match_nothing_end_a_page_after_a_bounded_scan) {
  shard.limits.query_scan_max = 4;
  const auto page_of = [&](const std::string& more) {
    client.text(R"({"type":"history","room":"r","kinds":["reaction"])" + more + '}');
    client.answer_queries();
    return client.said().at(0);
  };
  EXPECT_EQ(page_of(""), R"({"type":"page","room":"r","events":[],"more":true,"next_seq":7})");
  EXPECT_EQ(page_of(R"(,"after_seq":6)"), R"({"type":"page","room":"r","events":[],"more":false})");
  EXPECT_EQ(page_of(R"(,"after_seq":5)"),
            R"({"type":"page","room":"r","events":[],"more":true,"next_seq":9})");
  EXPECT_EQ(shard.counters.query_pages_cut, 2u);
}

TEST_F(queries_test, members_and_rooms_come_in_pages) {
  for (const char* user : {"cyd", "dan"})
    shard.world.member("default/r", "ann", user, member_change::invited);
  for (const char* room : {"default/a", "default/z"}) shard.world.create(room, "ann");
  const auto ask = [&](const std::string& command) {
    client.text(command);
    client.answer_queries();
    return client.said().at(0);
  };
  EXPECT_EQ(ask(R"({"type":"members","room":"r","after":"ann","limit":2})"),
            R"({"type":"members","room":"r","count":4,"members":[{"user":"bob","role":"writer"},)"
            R"({"user":"cyd","role":"writer"}],"more":true,"next_after":"cyd"})");
  const auto first = ask(R"({"type":"rooms","limit":2})");
  EXPECT_EQ(field(first, "more"), "true");
  EXPECT_EQ(field(first, "next_after"), "r");
  const auto second = ask(R"({"type":"rooms","after":"r"})");
  EXPECT_EQ(field(second, "more"), "false");
  EXPECT_NE(second.find(R"([{"room":"z")"), std::string::npos) << second;
}

TEST_F(queries_test, a_page_of_rooms_ends_at_its_bytes) {
  for (const char* room : {"default/a", "default/b"}) {
    shard.world.create(room, "ann");
    shard.world.post(room, "ann", std::string(4'000, '\x01'));
  }
  shard.limits.query_page_bytes = 30'000;
  client.text(R"({"type":"rooms"})");
  client.answer_queries();
  const auto page = client.said().at(0);
  EXPECT_EQ(field(page, "more"), "true");
  EXPECT_EQ(field(page, "next_after"), "a");
}

TEST_F(queries_test, a_catch_up_page_is_bounded_in_its_frames) {
  shard.world.post_many("default/r", "bob", std::string(4'000, '\x01'), 60);
  const auto page = load_page(shard.world, {"default/r", "ann", seq_no{1}, seq_no{70}, 65'536, 1});
  EXPECT_LE(page.bytes.size(), 65'536u + 100);
  EXPECT_GE(page.frames.size(), 10u);
}

TEST_F(queries_test, reads_no_further_with_the_most_queries_open) {
  shard.limits.queries_in_flight_max = 2;
  shard.limits.output_bytes_max = 3 * shard.limits.query_page_bytes;
  client.text("{\"type\":\"rooms\"}\n{\"type\":\"rooms\"}\n{\"type\":\"rooms\"}");
  EXPECT_EQ(client.queries.size(), 2u);
  EXPECT_EQ(shard.counters.held_for_queries, 1u);
  EXPECT_FALSE(client.of().wants_input());
  client.answer_queries();
  EXPECT_EQ(client.queries.size(), 1u);
  EXPECT_TRUE(client.of().wants_input());
}

}  // namespace
}  // namespace roomlog::testing
