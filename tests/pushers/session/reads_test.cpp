// Reads of a session: what they cost others, when they are given up, and where a subscription
// begins that takes a search.
#include <sys/socket.h>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/session/room_session.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

const std::string since = R"(,"since":"2020-01-01T00:00:00Z")";

struct reads_test : room_session {
  std::string codes() {
    return story([](const std::string& frame) {
      const auto id = field(frame, "id");
      return id.empty() ? id : ':' + id;
    });
  }
};

// ---- where a subscription begins ----

TEST_F(reads_test, a_time_or_an_offset_is_not_searched_for_on_the_loop) {
  client.hold_cursors = true;
  for (const std::string& cursor : {since, std::string(R"(,"after_offset":8)")}) {
    subscribe(cursor);
    EXPECT_EQ(shard.world.searches(), 0u);
    ASSERT_EQ(client.cursors.size(), 1u);
    EXPECT_EQ(story(), "");
    client.find_cursors();
    EXPECT_EQ(shard.world.searches(), 1u);
    EXPECT_EQ(story(), cursor == since ? "subscribed 1 2 3 4 5 6 7 8 9 10 live:10"
                                       : "subscribed 9 10 live:10");
    shard.world.searches_reset();
  }
  client.text(R"({"type":"history","id":1,"room":"r")" + since + "}");
  EXPECT_EQ(shard.world.searches(), 0u);
  ASSERT_EQ(client.queries.size(), 1u);
}

TEST_F(reads_test, where_the_log_was_cut_what_is_left_is_not_searched_for_on_the_loop) {
  shard.world.cut("default/r", 4);
  client.hold_cursors = true;
  subscribe(R"(,"after_seq":2)");
  ASSERT_EQ(client.cursors.size(), 1u);
  client.find_cursors();
  EXPECT_EQ(story(), "subscribed 5 6 7 8 9 10 live:10");
}

TEST_F(reads_test, what_comes_for_the_room_meanwhile_keeps_its_order) {
  client.hold_cursors = true;
  subscribe(since);
  client.text(R"({"type":"history","id":3,"room":"r"})");
  client.text(R"({"type":"subscribe","id":4,"room":"r","after_seq":9})");
  EXPECT_EQ(codes(), "unavailable:2") << "replaced; the others wait for their turn";
  client.find_cursors();
  ASSERT_EQ(client.queries.size(), 1u) << "the history came before the subscribe";
  EXPECT_EQ(codes(), "subscribed:4 10 live:10");
}

TEST_F(reads_test, an_unsubscribe_meanwhile_ends_it) {
  client.hold_cursors = true;
  subscribe(since);
  client.text(R"({"type":"unsubscribe","id":3,"room":"r"})");
  client.find_cursors();
  EXPECT_EQ(codes(), "unavailable:2 ok:3");
  EXPECT_EQ(client.of().subscriptions(), 0u);
}

TEST_F(reads_test, it_waits_for_own_commands_before_it_and_not_for_those_behind_it) {
  client.hold_cursors = true;
  client.text(R"({"type":"send","id":1,"room":"r","cid":"a","text":"x"})");
  subscribe(since);
  EXPECT_TRUE(client.cursors.empty());
  shard.world.post("default/r", "ann", "x");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  ASSERT_EQ(client.cursors.size(), 1u);
  client.text(R"({"type":"send","id":5,"room":"r","cid":"b","text":"y"})");
  client.find_cursors();
  EXPECT_EQ(story(), "ack subscribed 1 2 3 4 5 6 7 8 9 10 11 live:11");
}

TEST_F(reads_test, who_is_put_out_during_the_search_is_refused) {
  session_rig bob(shard, 2);
  bob.sign_in("bob");
  bob.hold_cursors = true;
  bob.text(R"({"type":"subscribe","id":2,"room":"r")" + since + "}");
  shard.world.member("default/r", "ann", "bob", member_change::kicked);
  bob.find_cursors();
  EXPECT_EQ(field(bob.said().at(0), "code"), "unknown_room");
}

TEST_F(reads_test, a_search_without_an_answer_is_given_up) {
  client.hold_cursors = true;
  subscribe(since);
  client.pass_alive(6s);
  EXPECT_EQ(codes(), "unavailable:2");
  client.find_cursors();
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(client.of().subscriptions(), 0u);
}

// ---- the rate, the bound and the deadline ----

TEST_F(reads_test, what_reader_threads_do_counts_in_the_rate_of_reads) {
  client.text(R"({"type":"history","room":"r"})");
  client.answer_queries();
  client.text(R"({"type":"members","room":"r"})");
  client.answer_queries();
  client.text(R"({"type":"rooms"})");
  client.answer_queries();
  subscribe(since);
  subscribe(R"(,"after_offset":8)");
  EXPECT_EQ(client.reads, 5u);
  subscribe(R"(,"after_seq":8)");
  subscribe(R"(,"last":3)");
  subscribe();
  client.text(R"({"type":"history","room":"nowhere"})");
  EXPECT_EQ(client.reads, 5u) << "these are done with at once";
}

TEST_F(reads_test, a_read_above_the_rate_is_refused_and_says_which_limit) {
  auto refused = make_client_error(error_code::rate_limited);
  refused.limit = "user_reads";
  refused.retry_after_ms = 300;
  client.refuse_reads = refused;
  for (const char* what : {R"("history","room":"r")", R"("members","room":"r")", R"("rooms")",
                           R"("subscribe","room":"r","after_offset":8)"}) {
    client.text(R"({"id":7,"type":)" + std::string(what) + "}");
    const auto frame = client.said().at(0);
    EXPECT_EQ(field(frame, "code"), "rate_limited") << frame;
    EXPECT_EQ(field(frame, "limit"), "user_reads");
    EXPECT_EQ(field(frame, "retry_after_ms"), "300");
    EXPECT_EQ(field(frame, "id"), "7");
  }
  EXPECT_TRUE(client.queries.empty() && client.cursors.empty());
  EXPECT_TRUE(client.of().wants_input());
}

TEST_F(reads_test, a_read_that_finds_no_room_in_the_queue_is_overloaded) {
  client.no_room_for_reads = true;
  client.text(R"({"type":"history","id":1,"room":"r"})");
  client.text(R"({"type":"subscribe","id":2,"room":"r","after_offset":8})");
  EXPECT_EQ(codes(), "overloaded:1 overloaded:2");
  client.no_room_for_reads = false;
  client.text(R"({"type":"history","id":3,"room":"r"})");
  client.answer_queries();
  EXPECT_EQ(codes(), "page:3");
}

TEST_F(reads_test, a_query_without_an_answer_in_time_is_unavailable_and_its_answer_is_dropped) {
  client.text(R"({"type":"history","id":1,"room":"r"})");
  ASSERT_EQ(client.queries.size(), 1u);
  client.pass_alive(4900ms);
  EXPECT_EQ(codes(), "");
  client.pass_alive(200ms);
  EXPECT_EQ(codes(), "unavailable:1");
  EXPECT_EQ(shard.counters.query_deadlines, 1u);
  client.answer_queries();
  EXPECT_EQ(codes(), "");
  client.text(R"({"type":"history","id":2,"room":"r"})");
  client.answer_queries();
  EXPECT_EQ(codes(), "page:2");
}

TEST_F(reads_test, reads_that_are_held_count_towards_the_most_queries) {
  shard.limits.queries_in_flight_max = 2;
  shard.world.fall_behind(1);
  subscribe(R"(,"after_seq":11)");
  EXPECT_TRUE(client.of().wants_input());
  client.text(R"({"type":"history","id":3,"room":"r","min_seq":11})");
  EXPECT_FALSE(client.of().wants_input());
  EXPECT_EQ(shard.counters.held_for_queries, 1u);
  shard.world.post("default/r", "bob", "11");
  shard.world.catch_up();
  client.level();
  client.answer_queries();
  EXPECT_TRUE(client.of().wants_input());
}

TEST_F(reads_test, an_offset_at_the_folds_position_is_refused_when_level_and_waits_when_not) {
  const auto position = shard.world.position(partition_id{0}).value;
  const auto at = [](std::uint64_t offset) {
    return R"(,"after_offset":)" + std::to_string(offset);
  };
  subscribe(at(position));
  EXPECT_EQ(codes(), "invalid_field:2");
  subscribe(at(position - 1));
  EXPECT_EQ(story(), "subscribed live:10");
  shard.world.fall_behind(1);
  subscribe(at(position));
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(client.waits.size(), 1u);
  shard.world.catch_up();
  client.level();
  EXPECT_EQ(story(), "subscribed live:10") << "the record was of another room";
}

TEST_F(reads_test, when_the_log_is_cut_under_a_page_only_what_the_tail_lacks_is_lost) {
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  ASSERT_EQ(client.pages.size(), 1u);
  for (int i = 0; i < 3; ++i) client.publish(shard.world.post("default/r", "bob", "in the tail"));
  shard.world.cut("default/r", 12);
  const auto lost = story([](const std::string& frame) {
    if (field(frame, "type") != "lost") return std::string();
    return ':' + field(frame, "from") + '-' + field(frame, "to");
  });
  EXPECT_EQ(lost, "subscribed lost:1-10 11 12 13 live:13");
}

// ---- turns of the loop ----

TEST_F(reads_test, a_frame_with_many_commands_takes_turns_with_other_connections) {
  std::string frame;
  for (int i = 0; i < 100; ++i)
    frame += R"({"type":"ping"})"
             "\n";
  client.of().on_text(frame, client.now());
  EXPECT_EQ(client.said().size(), commands_per_turn);
  EXPECT_EQ(client.turns, 1u);
  EXPECT_FALSE(client.of().wants_input());
  client.of().on_text(R"({"type":"ping"})", client.now());
  EXPECT_EQ(client.said().size(), 0u) << "nor does another frame";
  client.take_turns();
  EXPECT_EQ(client.said().size(), 101u - commands_per_turn);
  EXPECT_EQ(shard.counters.turns_cut, 3u);
  EXPECT_TRUE(client.of().wants_input());
}

TEST_F(reads_test, a_frame_with_long_commands_takes_turns_by_their_bytes) {
  std::string ping = R"({"type":"ping","pad":")" + std::string(command_bytes_per_turn / 2, 'x');
  ping += "\"}\n";
  client.of().on_text(ping + ping + ping + ping + ping, client.now());
  EXPECT_EQ(client.said().size(), 2u);
  EXPECT_EQ(client.turns, 1u);
  client.take_turns();
  EXPECT_EQ(client.said().size(), 3u);
}

TEST_F(reads_test, who_goes_on_beyond_a_rate_is_slowed_down) {
  auto refused = make_client_error(error_code::rate_limited, "too many");
  client.reads_refused = refused;
  for (int i = 0; i < 20; ++i) client.text(R"({"type":"history","id":1,"room":"r"})");
  EXPECT_EQ(client.said().size(), refusals_per_turn);
  EXPECT_FALSE(client.of().wants_input());
  client.take_turns();
  EXPECT_EQ(client.said().size(), 0u) << "a turn of the loop does not end the pause";
  client.pass(refusals_pause);
  EXPECT_EQ(client.said().size(), refusals_per_turn);
  client.pass(refusals_pause);
  EXPECT_EQ(client.said().size(), 20 - 2 * refusals_per_turn);
  EXPECT_TRUE(client.of().wants_input());
  client.reads_refused = {};
  client.text(R"({"type":"ping"})");
  EXPECT_EQ(client.said().size(), 1u);
}

// ---- on real read threads ----

struct one_reader : ::testing::Test {
  one_reader() {
    rig.world.create("default/r", "ann");
    rig.world.create("default/other", "cyd");
    rig.world.hold_pages(true);
    busy = rig.sign_in("cyd");
    busy.send_text(R"({"type":"history","id":1,"room":"other"})");
    EXPECT_TRUE(eventually([&] { return rig.world.pages_held() == 1; }));
  }

  server_rig rig{[](client_server_options& options) {
    options.reader_threads = 1;
    options.limits.user_reads_waiting_max = 2;
    options.limits.http_in_flight_max = 4;
  }};
  ws_client busy;
};

TEST_F(one_reader, what_waits_for_a_connection_that_has_ended_is_not_read) {
  {
    auto gone = rig.sign_in("ann");
    gone.send_text(R"({"type":"history","id":1,"room":"r"})");
    ASSERT_TRUE(rig.eventually([](const auto& s) { return s.reads_waiting == 1; }));
  }
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.sessions == 1; }));
  rig.world.hold_pages(false);
  EXPECT_TRUE(rig.eventually(
      [](const auto& s) { return s.reads_waiting == 0 && s.reads_dropped_total == 1; }));
}

TEST_F(one_reader, a_user_has_a_bounded_number_of_reads_waiting_over_all_connections) {
  std::vector<ws_client> anns;
  for (int i = 0; i < 3; ++i) {
    anns.push_back(rig.sign_in("ann"));
    anns.back().send_text(R"({"type":"history","id":1,"room":"r"})");
    if (i < 2) {
      ASSERT_TRUE(rig.eventually([&](const auto& s) { return s.reads_waiting == i + 1u; }));
    }
  }
  const auto refused = anns[2].next_object().value_or("");
  EXPECT_EQ(field(refused, "code"), "overloaded") << refused;
  EXPECT_EQ(rig.server().stats().reads_refused_total, 1u);
  rig.world.hold_pages(false);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(field(*anns[i].next_object(), "type"), "page");
}

ws_client http_read(server_rig& rig, const std::string& user) {
  ws_client client(rig.port(), {"", {}, 0, false});
  client.send_bytes(
      "GET /v1/rooms HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer " + user +
      "\r\n\r\n");
  return client;
}

TEST_F(one_reader, a_request_whose_connection_was_reset_is_not_read) {
  auto stays = http_read(rig, "bob");
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.reads_waiting == 1; }));
  ASSERT_EQ(::shutdown(stays.socket(), SHUT_WR), 0);  // it still reads
  {
    auto gone = http_read(rig, "ann");
    ASSERT_TRUE(rig.eventually([](const auto& s) { return s.reads_waiting == 2; }));
    const linger at_once{1, 0};
    ::setsockopt(gone.socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.connections == 2; }));
  rig.world.hold_pages(false);
  EXPECT_TRUE(rig.eventually(
      [](const auto& s) { return s.reads_waiting == 0 && s.reads_dropped_total == 1; }));
  EXPECT_NE(stays.read_to_end().find("HTTP/1.1 200"), std::string::npos);
}

TEST_F(one_reader, nobody_takes_all_requests_that_may_wait) {
  auto first = http_read(rig, "ann");
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 1; }));
  auto second = http_read(rig, "ann");
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 2; }));
  const auto third = http_read(rig, "ann").read_to_end();
  EXPECT_NE(third.find("HTTP/1.1 503"), std::string::npos) << third;
  EXPECT_NE(third.find("limits.http_in_flight"), std::string::npos) << third;
  auto bobs = http_read(rig, "bob");
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 3; }));
  rig.world.hold_pages(false);
  for (auto* one : {&first, &second, &bobs})
    EXPECT_NE(one->read_to_end().find("HTTP/1.1 200"), std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
