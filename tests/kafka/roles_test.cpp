// The roles apart, as processes on a real broker: two gateways, a pusher and a projector.
#include <gtest/gtest.h>

#include "log/partitioner.h"
#include "tests/app/http_get.h"
#include "tests/kafka/server_group.h"
#include "tests/kafka/test_topic.h"

namespace roomlog::testing {
namespace {

using boost::json::object;
using client = std::unique_ptr<chat_client>;

std::string send_json(int id, const std::string& cid, const std::string& text) {
  return R"({"type":"send","id":)" + std::to_string(id) + R"(,"room":"r","cid":")" + cid +
         R"(","text":")" + text + R"("})";
}

class kafka_roles : public ::testing::Test {
 protected:
  kafka_roles() : group(kafka_cluster::shared(1)) {
    group.start("a", "ingress,pusher");
    group.start("b", "ingress,pusher", {"--set", "fold.views=history,rooms"});
    group.start("p", "pusher");
    group.start("j", "projector");
    ann = group.connect("a", "ann");
    made(ann->ask(R"({"type":"create","id":1,"room":"r","cid":"c","public":true})", 1));
  }
  static void made(const object& answer) {
    ASSERT_EQ(text_of(answer, "type"), "ack") << boost::json::serialize(answer);
  }
  // Reads up to the event with this seq.
  static void wait_event(chat_client& at, std::int64_t seq) {
    (void)at.wait_for([&](const object& o) {
      return text_of(o, "type") == "event" && number_of(o, "seq") == seq;
    });
  }
  // The answers to the ids from `first` on. What the other gateway has had decided already is
  // answered at once, before what was sent earlier and is in flight.
  static std::map<std::int64_t, object> answers(chat_client& at, std::int64_t first, int count) {
    std::map<std::int64_t, object> out;
    while (out.size() < static_cast<std::size_t>(count)) {
      auto answer = at.wait_for([&](const object& o) { return number_of(o, "id") >= first; });
      const auto id = number_of(answer, "id");
      EXPECT_TRUE(out.emplace(id, std::move(answer)).second) << id << " is answered twice";
    }
    return out;
  }
  static object subscribe(chat_client& at, std::int64_t after) {
    return at.ask(
        R"({"type":"subscribe","id":900,"room":"r","after_seq":)" + std::to_string(after) + "}",
        900);
  }
  // Sends n messages at gateway a; the last one's seq.
  std::int64_t post(int n, const std::string& stem) {
    std::int64_t seq = 0;
    for (int i = 0; i < n; ++i) {
      const auto answer = ann->ask(send_json(100 + i, stem + std::to_string(i), "hello"), 100 + i);
      made(answer);
      seq = number_of(answer, "seq");
    }
    return seq;
  }

  server_group group;
  client ann;
};

TEST_F(kafka_roles, each_says_what_it_serves) {
  EXPECT_NE(group.at("a").ready_line().find(" ws://"), std::string::npos);
  EXPECT_NE(group.at("p").ready_line().find(" ws://"), std::string::npos);
  EXPECT_EQ(group.at("j").ready_line().find(" ws://"), std::string::npos);
  EXPECT_EQ(http_get(group.at("j").http(), "/v1/ws").status, 404);
  EXPECT_EQ(http_get(group.at("p").http(), "/v1/ws").status, 426);
  const auto ready = http_get(group.at("j").admin(), "/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_NE(ready.body.find(R"("roles":["projector"])"), std::string::npos) << ready.body;
  EXPECT_EQ(ready.body.find("ingress"), std::string::npos) << ready.body;
  EXPECT_NE(
      http_get(group.at("p").admin(), "/metrics").body.find(R"(roomlog_role{role="pusher"} 1)"),
      std::string::npos);
}

TEST_F(kafka_roles, a_pusher_alone_delivers_and_answers_queries_but_takes_no_commands) {
  auto bob = group.connect("p", "bob");
  auto bob_at_a = group.connect("a", "bob");
  made(bob_at_a->ask(R"({"type":"join","id":1,"room":"r","cid":"j"})", 1));
  EXPECT_EQ(text_of(subscribe(*bob, 0), "type"), "subscribed");
  const auto last = post(3, "m");
  wait_event(*bob, last);
  const auto refused = bob->ask(send_json(7, "x", "hello"), 7);
  EXPECT_EQ(text_of(refused, "code"), "unavailable");
  EXPECT_TRUE(refused.at("temporary").as_bool()) << "another server takes it";
  const auto page = bob->ask(R"({"type":"history","id":8,"room":"r"})", 8);
  EXPECT_EQ(page.at("events").as_array().size(), static_cast<std::size_t>(last));
}

TEST_F(kafka_roles, a_projector_serves_its_views_over_http_and_reads_on_before_it_refuses) {
  const auto token = group.token("j", "ann");
  for (int i = 0; i < 20; ++i) {
    const auto last = post(1, "http-" + std::to_string(i) + '-');
    // The seq was made elsewhere just now.
    const auto page = http_get(
        group.at("j").http(),
        "/v1/rooms/r/events?after_seq=0&limit=200&min_seq=" + std::to_string(last), "GET", token);
    ASSERT_EQ(page.status, 200) << page.body;
    auto same = ann->ask(R"({"type":"history","id":8,"room":"r","after_seq":0,"limit":200})", 8);
    same.erase("id");
    EXPECT_EQ(boost::json::parse(page.body), boost::json::value(same));
  }
  EXPECT_EQ(http_get(group.at("j").http(), "/v1/rooms/r", "GET", token).status, 200);
  EXPECT_EQ(
      http_get(group.at("j").http(), "/v1/rooms/r/events?after_seq=1000", "GET", token).status,
      400);
  EXPECT_EQ(http_get(group.at("j").http(), "/v1/rooms/r", "PUT", token).status, 405);
}

// S2.2.4.5, S2.3.2.3, conflict 13
TEST_F(kafka_roles, the_same_cids_at_two_gateways_at_once_are_accepted_once) {
  auto ann_at_b = group.connect("b", "ann");
  constexpr int count = 50;
  for (int i = 0; i < count; ++i) {
    const auto json = send_json(1000 + i, "same-" + std::to_string(i), "twice");
    ann->tell(json);
    ann_at_b->tell(json);
  }
  const auto at_a = answers(*ann, 1000, count), at_b = answers(*ann_at_b, 1000, count);
  int firsts = 0;
  for (int i = 0; i < count; ++i) {
    const object &a = at_a.at(1000 + i), &b = at_b.at(1000 + i);
    made(a);
    made(b);
    EXPECT_EQ(number_of(a, "seq"), number_of(b, "seq")) << i;
    EXPECT_EQ(number_of(a, "offset"), number_of(b, "offset")) << i;
    firsts += !a.at("duplicate").as_bool();
    firsts += !b.at("duplicate").as_bool();
  }
  EXPECT_LE(firsts, count);
  const auto subscribed = subscribe(*ann, 1);
  EXPECT_EQ(number_of(subscribed, "head"), 1 + count);
}

// S1.29, S2.3.2.3
TEST_F(kafka_roles, a_client_may_go_on_at_another_gateway_at_any_time) {
  auto ann_at_b = group.connect("b", "ann");
  for (int round = 0; round < 20; ++round) {
    const auto seq = post(1, "r" + std::to_string(round) + "-");
    const auto page = ann_at_b->ask(
        R"({"type":"history","id":5,"room":"r","min_seq":)" + std::to_string(seq) + "}", 5);
    ASSERT_EQ(text_of(page, "type"), "page") << boost::json::serialize(page);
    EXPECT_EQ(number_of(page.at("events").as_array().back().as_object(), "seq"), seq);
  }
}

TEST_F(kafka_roles, a_stopped_projector_delays_nothing_and_catches_up_alone) {
  auto watcher = group.connect("p", "ann");
  (void)subscribe(*watcher, 0);
  group.pause("j");
  const auto last = post(30, "while-stopped-");
  wait_event(*watcher, last);
  group.proceed("j");
  EXPECT_TRUE(group.level("j", "a"));
}

TEST_F(kafka_roles, a_stopped_pusher_delays_no_view_and_delivers_when_it_goes_on) {
  auto watcher = group.connect("p", "ann");
  (void)subscribe(*watcher, 0);
  group.pause("p");
  const auto last = post(30, "while-stopped-");
  EXPECT_TRUE(group.level("j", "a"));
  group.proceed("p");
  wait_event(*watcher, last);
  EXPECT_TRUE(group.level("p", "a"));
}

// S2.3.3.4
TEST_F(kafka_roles, what_was_killed_resumes_from_its_own_checkpoint) {
  auto watcher = group.connect("b", "ann");
  (void)subscribe(*watcher, 0);
  const auto before = post(20, "before-");
  wait_event(*watcher, before);
  for (const char* name : {"j", "p", "b"}) group.kill(name);
  const auto between = post(20, "between-");
  group.start("j", "projector");
  group.start("p", "pusher");
  group.start("b", "ingress,pusher");
  auto again = group.connect("b", "ann");
  (void)subscribe(*again, before);
  for (auto seq = before + 1; seq <= between; ++seq) wait_event(*again, seq);
  const auto repeated = again->ask(send_json(3, "before-0", "hello"), 3);
  EXPECT_TRUE(repeated.at("duplicate").as_bool()) << "sent again at a gateway that was killed";
  group.kill("a");
  group.start("a", "ingress,pusher");
  ann = group.connect("a", "ann");
  EXPECT_EQ(post(1, "after-"), between + 1);
  for (const char* name : {"j", "p", "b"}) EXPECT_TRUE(group.level(name, "a")) << name;
}

TEST_F(kafka_roles, projectors_with_shares_send_others_rooms_to_one_another) {
  group.kill("j");
  group.start("j", "projector", {"--set", "fold.partitions=0-1"});
  group.start("k", "projector", {"--set", "fold.partitions=2,3"});
  const auto token = group.token("j", "ann");
  const auto at_j = http_get(group.at("j").http(), "/v1/rooms/r", "GET", token).status;
  const auto at_k = http_get(group.at("k").http(), "/v1/rooms/r", "GET", token).status;
  EXPECT_EQ(std::min(at_j, at_k), 200);
  EXPECT_EQ(std::max(at_j, at_k), 421);
}

TEST_F(kafka_roles, a_gateway_without_views_reads_history_from_the_log) {
  const auto last = post(30, "m");
  group.start("bare", "ingress,pusher", {"--set", "fold.views="});
  auto reader = group.connect("bare", "ann");
  (void)subscribe(*reader, 0);
  for (std::int64_t seq = 1; seq <= last; ++seq) wait_event(*reader, seq);
  const auto page = reader->ask(R"({"type":"history","id":8,"room":"r","limit":10})", 8);
  ASSERT_EQ(text_of(page, "type"), "page") << boost::json::serialize(page);
  EXPECT_EQ(page.at("events").as_array().size(), 10u);
  // HTTP serves views, and there are none.
  EXPECT_EQ(http_get(group.at("bare").http(), "/v1/rooms/r", "GET", group.token("j", "ann")).status,
            404);
}

TEST_F(kafka_roles, what_was_cut_off_the_topic_is_lost_exactly_where_no_view_has_it) {
  std::vector<std::int64_t> offsets{0, 0};  // by seq, from 2 on
  for (int i = 0; i < 10; ++i) {
    const auto answer = ann->ask(send_json(50 + i, "x" + std::to_string(i), "hello"), 50 + i);
    offsets.push_back(number_of(answer, "offset"));
  }
  group.start("bare", "ingress,pusher", {"--set", "fold.views="});
  auto reader = group.connect("bare", "ann");
  EXPECT_EQ(subscribe(*reader, 0).count("lost"), 0u);
  constexpr std::int64_t first_left = 7;
  delete_records(kafka_cluster::shared(1).bootstrap(), group.topic(),
                 static_cast<int>(partition_of("default/r", 4).value), offsets[first_left]);
  object subscribed = subscribe(*reader, 2);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!subscribed.contains("lost") && std::chrono::steady_clock::now() < until) {
    subscribed = subscribe(*reader, 2);  // until the start is known here
  }
  ASSERT_TRUE(subscribed.contains("lost")) << boost::json::serialize(subscribed);
  EXPECT_EQ(subscribed.at("lost"), (object{{"from", 3}, {"to", first_left - 1}}));
  EXPECT_EQ(number_of(subscribed, "first_available"), first_left);
  wait_event(*reader, first_left);
  wait_event(*reader, 11);
  auto with_view = group.connect("a", "ann");
  const auto whole = subscribe(*with_view, 0);
  EXPECT_FALSE(whole.contains("lost")) << "the view of gateway a has it all";
  for (std::int64_t seq = 1; seq <= 11; ++seq) wait_event(*with_view, seq);
}

TEST_F(kafka_roles, a_share_is_read_alone_and_must_be_of_this_log) {
  group.kill("j");
  group.start("j", "projector", {"--set", "fold.partitions=1-2"});
  const auto share = group.positions("j");
  EXPECT_NE(share.find("partition=\"1\""), std::string::npos) << share;
  EXPECT_NE(share.find("partition=\"2\""), std::string::npos) << share;
  EXPECT_EQ(share.find("partition=\"0\""), std::string::npos) << share;
  EXPECT_THROW(group.start("k", "projector", {"--set", "fold.partitions=4"}), std::runtime_error);
}

}  // namespace
}  // namespace roomlog::testing
