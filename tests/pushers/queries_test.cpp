// Queries of a session: what they wait for, how much they are answered with.
#include <boost/json.hpp>

#include "tests/pushers/room_session.h"

namespace roomlog::test {
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
            R"({"type":"members","id":6,"room":"r","members":[{"user":"ann","role":"owner"},)"
            R"({"user":"bob","role":"writer"}]})");
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

TEST_F(queries_test, a_page_of_history_ends_at_its_bytes_and_says_that_there_is_more) {
  const auto page_of = [&](const std::string& more) {
    client.text(R"({"type":"history","id":1,"room":"r","limit":3)" + more + "}");
    client.answer_queries();
    const auto page = boost::json::parse(client.said().at(0)).as_object();
    std::string out;
    for (const auto& entry : page.at("events").as_array())
      out += std::to_string(entry.at("seq").as_int64()) + ' ';
    return out + (page.at("more").as_bool() ? "more" : "end");
  };
  const auto size = shard.world.content_bytes("default/r", seq_no{9});
  shard.limits.query_page_bytes = 3 * size;
  EXPECT_EQ(page_of(R"(,"after_seq":5)"), "6 7 8 more");
  EXPECT_EQ(page_of(""), "8 9 10 more");
  EXPECT_EQ(shard.counters.query_pages_cut, 0u);
  --shard.limits.query_page_bytes;
  EXPECT_EQ(page_of(R"(,"after_seq":5)"), "6 7 more");
  EXPECT_EQ(page_of(""), "9 10 more");
  EXPECT_EQ(shard.counters.query_pages_cut, 2u);
  shard.limits.query_page_bytes = 1;
  EXPECT_EQ(page_of(R"(,"after_seq":9)"), "10 end") << "an entry at least";
  EXPECT_EQ(shard.counters.query_pages_cut, 2u);
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
}  // namespace roomlog::test
