// What retention has taken is said exactly and once, and delivery goes on behind it.
#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

struct lost_test : room_session {
  // With what is lost and first available: "subscribed:5(2-4) 5 6 lost(7-8) live:9".
  std::string story() {
    return room_session::story([](const std::string& object) {
      std::string more;
      if (field(object, "type") == "subscribed") more = ":" + field(object, "first_available");
      if (object.find("lost\"") != std::string::npos) more += range(object);
      return more;
    });
  }
  static std::string range(const std::string& object) {
    const auto at = object.find("\"from\":");
    const auto to = object.find("\"to\":", at);
    if (at == std::string::npos || to == std::string::npos) return "(?)";
    return "(" + std::to_string(std::stoul(object.substr(at + 7))) + "-" +
           std::to_string(std::stoul(object.substr(to + 5))) + ")";
  }
  // The page that is asked for is read now and arrives when asked to.
  void page_arrives() {
    ASSERT_FALSE(client.pages.empty());
    const auto request = client.pages.front();
    client.pages.clear();
    client.of().on_answer(load_page(shard.world, request), client.now());
  }
};

std::string seqs_between(std::uint64_t first, std::uint64_t last) {
  std::string all;
  for (; first <= last; ++first) all += ' ' + std::to_string(first);
  return all;
}

TEST_F(lost_test, the_frame_names_what_is_lost_and_where_delivery_goes_on) {
  shard.world.cut("default/r", 4);
  subscribe(R"(,"after_seq":1)");
  client.settle();
  const auto said = client.said();
  EXPECT_EQ(said.front(), R"({"type":"subscribed","id":2,"room":"r","head":10,)"
                          R"("first_available":5,"epoch":"e1","lost":{"from":2,"to":4}})");
  EXPECT_EQ(seqs(said), "5 6 7 8 9 10");
}

TEST_F(lost_test, is_exact_for_every_cut_and_every_cursor) {
  for (std::uint64_t cut = 0; cut <= 10; ++cut) {
    shard.world.cut("default/r", cut);
    for (std::uint64_t after = 0; after <= 10; ++after) {
      std::string expected = "subscribed:" + std::to_string(cut + 1);
      if (after < cut)
        expected += "(" + std::to_string(after + 1) + "-" + std::to_string(cut) + ")";
      expected += seqs_between(std::max(after, cut) + 1, 10) + " live:10";
      subscribe(R"(,"after_seq":)" + std::to_string(after));
      EXPECT_EQ(story(), expected) << "cut " << cut;
      subscribe(R"(,"after_offset":)" + std::to_string(after));  // of the same seq here
      EXPECT_EQ(story(), expected) << "cut " << cut;
      subscribe(R"(,"last":)" + std::to_string(10 - after));
      EXPECT_EQ(story(), expected) << "cut " << cut;
      client.text(R"({"type":"unsubscribe","room":"r"})");
    }
  }
}

TEST_F(lost_test, without_a_cursor_nothing_is_lost) {
  shard.world.cut("default/r", 10);
  subscribe("");
  EXPECT_EQ(story(), "subscribed:11 live:10");
  client.publish(shard.world.post("default/r", "bob", "new"));
  EXPECT_EQ(story(), "11");
}

TEST_F(lost_test, what_the_rooms_tail_still_has_is_not_lost) {
  subscribe("");
  EXPECT_EQ(story(), "subscribed:1 live:10");
  client.publish(shard.world.post_many("default/r", "bob", "more", 3));
  EXPECT_EQ(story(), "11 12 13");
  shard.world.cut("default/r", 12);
  session_rig other(shard, 2);
  other.sign_in("bob");
  other.text(R"({"type":"subscribe","id":2,"room":"r","after_seq":9})");
  other.settle();
  const auto said = other.said();
  EXPECT_EQ(field(said.front(), "first_available"), "11");
  EXPECT_EQ(range(said.front()), "(10-10)");
  EXPECT_EQ(seqs(said), "11 12 13");
}

TEST_F(lost_test, a_head_that_goes_while_catching_up_is_said_once_at_every_position) {
  shard.limits.page_bytes = 1;  // one event a page
  for (std::uint64_t read = 0; read < 10; ++read) {
    for (std::uint64_t cut = 1; cut <= 10; ++cut) {
      shard.world.cut("default/r", 0);
      subscribe(R"(,"after_seq":0)");
      client.send_all();
      for (std::uint64_t i = 0; i < read; ++i) {
        page_arrives();
        client.send_all();
      }
      shard.world.cut("default/r", cut);
      std::string expected = "subscribed:1" + seqs_between(1, read);
      if (read < cut)
        expected += " lost(" + std::to_string(read + 1) + "-" + std::to_string(cut) + ")";
      expected += seqs_between(std::max(read, cut) + 1, 10) + " live:10";
      EXPECT_EQ(story(), expected) << "cut " << cut << " after " << read;
      client.text(R"({"type":"unsubscribe","room":"r"})");
    }
  }
  EXPECT_EQ(shard.counters.page_errors, 0U);
}

TEST_F(lost_test, a_second_cut_is_said_with_its_own_range) {
  shard.limits.page_bytes = 1;
  shard.world.cut("default/r", 2);
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  page_arrives();  // 3
  client.send_all();
  shard.world.cut("default/r", 5);
  page_arrives();  // 6
  client.send_all();
  shard.world.cut("default/r", 8);
  EXPECT_EQ(story(), "subscribed:3(1-2) 3 lost(4-5) 6 lost(7-8) 9 10 live:10");
  EXPECT_EQ(shard.counters.lost_ranges, 3U);
}

TEST_F(lost_test, a_page_that_fails_is_asked_for_again_and_nothing_is_lost) {
  shard.world.fail_pages(true);
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  page_arrives();
  shard.world.fail_pages(false);
  client.pass(std::chrono::milliseconds(300));
  EXPECT_EQ(story(), "subscribed:1" + seqs_between(1, 10) + " live:10");
}

TEST_F(lost_test, whoever_was_put_out_within_what_is_lost_gets_nothing_more) {
  shard.limits.page_bytes = 1;
  subscribe(R"(,"after_seq":9)");
  client.send_all();
  // The shard was not told of these: batches were dropped.
  shard.world.member("default/r", "ann", "ann", member_change::left);
  shard.world.post_many("default/r", "bob", "secret", 3);  // head 14
  EXPECT_TRUE(shard.rooms.resync(shard.world));
  shard.world.cut("default/r", 12);
  EXPECT_EQ(story(), "subscribed:1 lost(10-12)");
  client.publish(shard.world.post("default/r", "bob", "secret"));
  EXPECT_EQ(story(), "");
}

TEST_F(lost_test, where_it_is_not_known_who_was_put_out_the_page_is_asked_for_again) {
  shard.limits.page_bytes = 1;
  subscribe(R"(,"after_seq":9)");
  client.send_all();
  // The shard was not told of these: batches were dropped.
  shard.world.post_many("default/r", "bob", "later", 3);  // head 13
  EXPECT_TRUE(shard.rooms.resync(shard.world));
  shard.world.cut("default/r", 12);
  shard.world.fail_questions();
  page_arrives();
  EXPECT_EQ(shard.counters.lost_ranges, 0U);
  EXPECT_EQ(shard.counters.page_errors, 1U);
  EXPECT_EQ(client.of().subscriptions(), 1u);
  shard.world.answer_questions();
  client.pass(std::chrono::milliseconds(300));
  EXPECT_EQ(story(), "subscribed:1 lost(10-12) 13 live:13");
}

TEST_F(lost_test, a_page_of_history_says_where_history_begins) {
  shard.world.cut("default/r", 3);
  client.text(R"({"type":"history","id":4,"room":"r"})");
  client.answer_queries();
  const auto said = client.said();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find(R"("first_available":4)"), std::string::npos) << said[0];
}

}  // namespace
}  // namespace roomlog::testing
