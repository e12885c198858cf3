// What one connection may pile up while its peer does not read: nothing grows beyond its bound, and
// nothing that was taken is lost.
#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct output_bounds_test : room_session {
  static std::string history(int id) {
    return R"({"type":"history","room":"r","id":)" + std::to_string(id) + '}';
  }
  // Whether a query runs beside these bytes of pongs, with pages and a bound of these sizes.
  static constexpr std::size_t pongs = 100 * 17;
  bool runs(std::size_t page, std::size_t bound) {
    shard.limits.output_bytes_max = 256 * 1024;
    session_rig other(shard, ++last_key);
    other.sign_in("ann");
    for (int i = 0; i < 100; ++i) other.text(R"({"type":"ping"})");
    EXPECT_EQ(other.waiting(), pongs);
    shard.limits.query_page_bytes = page;
    shard.limits.output_bytes_max = bound;
    other.text(history(1));
    return other.queries.size() == 1;
  }
  session_key last_key = 1;

  // A seq of an ack in a subscription's set, next to no other.
  static constexpr std::size_t place = 2 * sizeof(seq_no);
  // The ack of an event that the subscription has still to deliver.
  void acked_again(std::uint64_t seq) {
    client.text(R"({"type":"send","room":"r","cid":"again","text":"x"})");
    client.acked(shard.world.ack_of("default/r", seq_no{seq}));
    (void)client.said();
  }
};

TEST_F(output_bounds_test, a_query_runs_where_its_page_has_room_and_waits_where_a_byte_is_missing) {
  EXPECT_TRUE(runs(1000, pongs + 1000));
  EXPECT_EQ(shard.counters.queries_waited, 0u);
  EXPECT_FALSE(runs(1000, pongs + 999));
  EXPECT_EQ(shard.counters.queries_waited, 1u);
}

TEST_F(output_bounds_test, a_page_that_takes_the_bound_alone_has_room_beside_a_quarter_of_it) {
  EXPECT_TRUE(runs(4 * pongs, 4 * pongs));
  EXPECT_FALSE(runs(4 * pongs, 4 * pongs - 1));
}

// The socket takes a part of an event at last, so that output waits whenever one looks.
TEST_F(output_bounds_test, queries_of_a_reader_that_is_always_a_little_behind_run_all_the_same) {
  shard.limits.query_page_bytes = shard.limits.output_bytes_max = 2600;
  client.narrow_socket();
  subscribe();
  (void)story();
  for (int id = 1; id <= 3; ++id) client.text(history(id));
  for (int id = 1; id <= 3; ++id) {
    ASSERT_EQ(client.queries.size(), 1u) << id;
    client.answer_queries();
    ASSERT_GT(client.waiting(), 650u);
    ASSERT_TRUE(client.queries.empty());
    for (int sends = 0; sends < 10 && client.queries.empty(); ++sends) {
      client.publish(shard.world.post_many("default/r", "bob", std::string(97, 'x'), 60));
      ASSERT_FALSE(client.send_once()) << "the socket has taken everything";
    }
  }
}

TEST_F(output_bounds_test, as_many_queries_run_as_the_output_has_room_for_their_pages) {
  shard.limits.query_page_bytes = 1000;
  shard.limits.output_bytes_max = 3000;
  for (int id = 1; id <= 4; ++id) client.text(history(id));
  EXPECT_EQ(client.queries.size(), 3u);
  EXPECT_EQ(shard.counters.queries_waited, 1u);
}

TEST_F(output_bounds_test, a_page_larger_than_the_output_runs_when_nothing_else_waits) {
  shard.limits.output_bytes_max = 100;
  client.text(history(1));
  EXPECT_EQ(client.queries.size(), 1u);
  client.answer_queries();
  client.text(history(2));
  EXPECT_TRUE(client.queries.empty());
  EXPECT_EQ(client.said().size(), 1u);
  EXPECT_EQ(client.queries.size(), 1u);
}

TEST_F(output_bounds_test, a_catch_up_page_under_way_takes_its_part_of_the_room) {
  shard.limits.query_page_bytes = 1000;
  shard.limits.page_bytes = 500;
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  ASSERT_EQ(client.pages.size(), 1u);
  shard.limits.output_bytes_max = 1499;
  client.text(history(1));
  EXPECT_TRUE(client.queries.empty());
  shard.limits.output_bytes_max = 1500;
  client.text(R"({"type":"members","room":"r"})");
  EXPECT_EQ(client.queries.size(), 1u);
}

TEST_F(output_bounds_test, a_peer_that_does_not_read_holds_one_page_and_gets_all_in_their_order) {
  shard.limits.query_page_bytes = shard.limits.output_bytes_max = 2000;
  for (int id = 1; id <= 8; ++id) client.text(history(id));
  ASSERT_EQ(client.queries.size(), 1u);
  client.answer_queries();
  const auto one_page = client.waiting();
  for (int i = 0; i < 10; ++i) {
    client.answer_queries();
    client.pass(100ms);
    client.heard();
  }
  EXPECT_EQ(client.waiting(), one_page);
  std::string ids;
  for (int i = 0; i < 8; ++i) {
    for (const auto& page : client.said()) ids += field(page, "id") + ' ';
    client.answer_queries();
  }
  EXPECT_EQ(ids, "1 2 3 4 5 6 7 8 ");
}

// Nothing is heard of the peer meanwhile, and it is not pinged yet.
TEST_F(output_bounds_test, a_query_that_waited_for_room_has_its_whole_time_from_when_it_runs) {
  shard.limits.query_page_bytes = shard.limits.output_bytes_max = 2000;
  shard.times.ping = 60s;
  client.text(history(1));
  client.text(history(2));
  client.answer_queries();
  client.pass(2 * std::chrono::duration_cast<std::chrono::milliseconds>(shard.times.fold_wait));
  EXPECT_EQ(field(client.said().at(0), "id"), "1");
  ASSERT_EQ(client.queries.size(), 1u);
  EXPECT_EQ(client.queries[0].deadline, client.now().steady + shard.times.fold_wait);
}

TEST_F(output_bounds_test, queries_that_wait_go_with_a_connection_that_is_closed) {
  for (int id = 1; id <= 8; ++id) client.text(history(id));
  client.of().on_binary();
  client.answer_queries();
  EXPECT_TRUE(client.said().empty());
  EXPECT_TRUE(client.queries.empty());
}

TEST_F(output_bounds_test, the_replies_to_many_subscribes_of_one_message_stop_at_the_bound) {
  shard.limits.output_bytes_max = 2000;
  std::string message;
  for (int i = 0; i < 100; ++i) {
    shard.world.create("default/room-" + std::to_string(i), "ann");
    message += R"({"type":"subscribe","room":"room-)" + std::to_string(i) + "\"}\n";
  }
  client.text(message);
  EXPECT_GE(client.waiting(), 2000u);
  EXPECT_LT(client.waiting(), 2000u + 300u) << "one reply more at most";
  EXPECT_LT(client.of().subscriptions(), 100u);
  EXPECT_FALSE(client.of().wants_input());
  EXPECT_EQ(shard.counters.held_for_output, 1u);
  for (int i = 0; i < 100 && !client.of().wants_input(); ++i) {
    client.send_all();
    client.take_turns();
  }
  EXPECT_EQ(client.of().subscriptions(), 100u);
}

TEST_F(output_bounds_test, acks_whose_events_are_not_taken_stop_the_reading_at_the_bound) {
  shard.limits.output_bytes_max = 4 * place;
  subscribe(R"(,"after_seq":0)");
  (void)client.said();
  ASSERT_EQ(client.pages.size(), 1u);  // and is not answered
  for (std::uint64_t seq = 2; seq <= 8; seq += 2) {
    EXPECT_TRUE(client.of().wants_input()) << seq;
    acked_again(seq);
  }
  EXPECT_FALSE(client.of().wants_input());
  EXPECT_EQ(story(), "1 3 5 7 9 10 live:10");
  EXPECT_TRUE(client.of().wants_input());
}

TEST_F(output_bounds_test, acks_count_no_longer_than_they_are_kept) {
  shard.limits.output_bytes_max = 4 * place;
  for (const char* end : {R"({"type":"unsubscribe","room":"r"})",
                          "{\"type\":\"options\",\"echo\":true}\n"
                          "{\"type\":\"options\",\"echo\":false}"}) {
    subscribe(R"(,"after_seq":0)");
    (void)client.said();
    for (std::uint64_t seq = 2; seq <= 6; seq += 2) acked_again(seq);
    client.text(end);
    subscribe(R"(,"after_seq":0)");
    (void)client.said();
    for (std::uint64_t seq = 2; seq <= 6; seq += 2) acked_again(seq);
    EXPECT_TRUE(client.of().wants_input()) << end;
    (void)story();
  }
}

}  // namespace
}  // namespace roomlog::testing
