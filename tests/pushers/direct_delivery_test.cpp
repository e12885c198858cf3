// Events that go past connections which have nothing else to send (direct_pass), and every way from
// there to a cursor of one's own and back.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <map>
#include <set>

#include "tests/pushers/core_rig.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

struct direct_delivery : ::testing::Test {
  explicit direct_delivery(const std::function<void(client_limits&)>& adjust = {})
      : rig([&](client_server_options& options) {
          if (adjust) adjust(options.limits);
        }) {
    rig.world.create("default/r", "ann");  // 1
    for (const auto* user : {"bob", "eve"})
      rig.world.member("default/r", "ann", user, member_change::invited);  // 2, 3
    ann = rig.sign_in("ann");
    bob = rig.sign_in("bob");
    eve = rig.sign_in("eve");
    for (auto* client : {ann.get(), bob.get(), eve.get()}) subscribe(*client, "r");
  }

  void subscribe(played_connection& client, const std::string& room) {
    client.text(R"({"type":"subscribe","id":1,"room":")" + room + "\"}");
    rig.run_all();
    EXPECT_EQ(client.story(), "subscribed live");
  }
  // Published, and not yet sent.
  void post(const std::string& text = "hi") { publish(rig.world.post("default/r", "ann", text)); }
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> answers = {}) {
    rig.core->publish(batch, std::move(answers));
    rig.run_posted();
  }
  std::uint64_t direct() const { return rig.outputs.sends(); }

  core_rig rig;
  std::unique_ptr<played_connection> ann, bob, eve;
};

TEST_F(direct_delivery, events_go_past_connections_that_have_nothing_else_to_send) {
  const auto own = ann->sends + bob->sends + eve->sends;
  post();
  post();
  EXPECT_EQ(ann->story(), "event:4 event:5");
  EXPECT_EQ(bob->story(), "event:4 event:5");
  EXPECT_EQ(eve->story(), "event:4 event:5");
  EXPECT_EQ(direct(), 3u) << "one send for a connection and tick";
  EXPECT_EQ(ann->sends + bob->sends + eve->sends, own);
  post();
  EXPECT_EQ(eve->story(), "event:6");
  EXPECT_EQ(direct(), 6u);
  EXPECT_EQ(rig.core->stats().events_delivered_total, 9u);
}

TEST_F(direct_delivery, a_reply_that_waits_goes_out_before_the_events_in_one_send) {
  for (const bool reply_first : {true, false}) {
    const auto before = direct();
    const auto own = bob->sends;
    if (!reply_first) post();
    bob->text(R"({"type":"ping","id":7})");
    if (reply_first) post();
    EXPECT_EQ(bob->story(), reply_first ? "pong event:4" : "pong event:5");
    EXPECT_EQ(bob->sends, own + 1);
    EXPECT_EQ(direct(), before + 2) << "the others";
  }
  post();
  EXPECT_EQ(bob->story(), "event:6");
  EXPECT_EQ(direct(), 7u) << "all three";
}

TEST_F(direct_delivery, an_event_that_an_ack_has_named_is_left_out_and_the_next_one_comes) {
  for (std::uint64_t seq = 4; seq < 8; seq += 2) {
    ann->text(R"({"type":"send","id":2,"room":"r","cid":"c","text":"hi"})");
    const auto batch = rig.world.post("default/r", "ann", "hi");
    publish(batch, {rig.ack_for(rig.submitted.size() - 1, seq_no{seq})});
    EXPECT_EQ(ann->story(), "ack");
    EXPECT_EQ(bob->story(), "event:" + std::to_string(seq));
    const auto before = direct();
    post();
    EXPECT_EQ(ann->story(), "event:" + std::to_string(seq + 1));
    EXPECT_EQ(bob->story(), "event:" + std::to_string(seq + 1));
    EXPECT_EQ(direct(), before + 3);
  }
}

TEST_F(direct_delivery, an_ack_that_comes_after_its_batch_and_before_the_tick_is_heeded) {
  ann->text(R"({"type":"send","id":2,"room":"r","cid":"c","text":"hi"})");
  post();
  rig.core->publish(nullptr, {rig.ack_for(0, seq_no{4})});
  rig.run_posted();
  post();
  EXPECT_EQ(ann->story(), "ack event:5");
  EXPECT_EQ(bob->story(), "event:4 event:5");
}

TEST_F(direct_delivery, an_ack_that_comes_a_tick_before_its_batch_is_heeded) {
  for (std::uint64_t seq = 4; seq < 8; seq += 2) {  // at rest, and then direct
    ann->text(R"({"type":"send","id":2,"room":"r","cid":"c","text":"hi"})");
    const auto batch = rig.world.post("default/r", "ann", "hi");
    rig.core->publish(nullptr, {rig.ack_for(rig.submitted.size() - 1, seq_no{seq})});
    rig.run_posted();
    EXPECT_EQ(ann->story(), "ack");
    publish(batch);
    EXPECT_EQ(ann->story(), "");
    EXPECT_EQ(bob->story(), "event:" + std::to_string(seq));
    post();
    EXPECT_EQ(ann->story(), "event:" + std::to_string(seq + 1));
    (void)bob->story();
  }
}

TEST_F(direct_delivery, an_ack_that_names_an_event_of_before_changes_nothing) {
  for (int i = 0; i < 3; ++i) {
    post();
    (void)ann->story();
  }
  ann->text(R"({"type":"send","id":2,"room":"r","cid":"c","text":"hi"})");
  rig.core->publish(nullptr, {rig.ack_for(0, seq_no{5})});
  rig.run_posted();
  EXPECT_EQ(ann->story(), "ack");
  const auto before = direct();
  post();
  EXPECT_EQ(ann->story(), "event:7");
  EXPECT_EQ(direct(), before + 3);
}

TEST_F(direct_delivery, who_has_unsubscribed_before_the_tick_gets_nothing) {
  post();
  bob->text(R"({"type":"unsubscribe","id":3,"room":"r"})");
  EXPECT_EQ(bob->story(), "ok");
  EXPECT_EQ(ann->story(), "event:4");
  EXPECT_EQ(eve->story(), "event:4");
  EXPECT_EQ(direct(), 2u);
  subscribe(*bob, "r");
  post();
  EXPECT_EQ(bob->story(), "event:5");
}

TEST_F(direct_delivery, the_room_may_end_before_the_tick) {
  post();
  for (auto* client : {ann.get(), bob.get(), eve.get()})
    client->text(R"({"type":"unsubscribe","id":3,"room":"r"})");
  EXPECT_EQ(ann->story(), "ok");
  EXPECT_EQ(rig.core->stats().rooms, 0u);
  EXPECT_EQ(direct(), 0u);
}

TEST_F(direct_delivery, a_connection_that_ends_before_the_tick_or_is_broken_leaves_the_others) {
  post();
  eve->end();
  EXPECT_EQ(bob->story(), "event:4");
  EXPECT_EQ(eve->story(), "");
  EXPECT_EQ(direct(), 2u);
  bob->break_off();
  post();
  EXPECT_EQ(ann->story(), "event:4 event:5");
  EXPECT_EQ(rig.core->stats().subscriptions, 1u);
}

TEST_F(direct_delivery, no_event_follows_a_close) {
  post();
  rig.core->close_all(1012);
  rig.run_posted();
  EXPECT_EQ(bob->story(), "");
  EXPECT_EQ(direct(), 0u);
}

TEST_F(direct_delivery, who_is_kicked_gets_the_events_up_to_it_and_none_after_it) {
  post();                                                                       // 4
  publish(rig.world.member("default/r", "ann", "bob", member_change::kicked));  // 5
  post();                                                                       // 6
  EXPECT_EQ(bob->story(), "event:4 event:5");
  EXPECT_EQ(eve->story(), "event:4 event:5 event:6");
  EXPECT_EQ(rig.core->stats().subscriptions, 2u);
  publish(rig.world.member("default/r", "ann", "eve", member_change::kicked));  // 7, at rest
  post();
  EXPECT_EQ(eve->story(), "event:7");
  EXPECT_EQ(ann->story(), "event:4 event:5 event:6 event:7 event:8");
}

TEST_F(direct_delivery, events_of_two_rooms_in_one_tick_go_out_in_one_send) {
  rig.world.create("default/s", "bob");
  subscribe(*bob, "s");
  const auto own = bob->sends;
  post();
  publish(rig.world.post("default/s", "bob", "hi"));
  EXPECT_EQ(bob->said().size(), 2u);
  EXPECT_EQ(bob->sends, own + 1);
  EXPECT_EQ(direct(), 2u) << "ann and eve";
  post();
  EXPECT_EQ(bob->story(), "event:5");
  EXPECT_EQ(direct(), 5u) << "one room only";
  publish(rig.world.post("default/s", "bob", "hi"));
  EXPECT_EQ(bob->story(), "event:3");
  EXPECT_EQ(direct(), 6u);
}

// The socket has a part of a frame: its rest comes before anything else.
TEST_F(direct_delivery, a_frame_that_was_cut_is_finished_before_a_reply) {
  bob->narrow();
  bob->stall(true);
  for (int i = 0; i < 3; ++i) post(std::string(4000, 'x'));  // 4, 5, 6
  rig.tick();
  EXPECT_EQ(direct(), 3u);
  bob->text(R"({"type":"ping","id":7})");
  post();
  bob->stall(false);
  EXPECT_EQ(bob->story(), "event:4 event:5 pong event:6 event:7");
  EXPECT_EQ(eve->story(), "event:4 event:5 event:6 event:7");
  const auto before = direct();
  post();
  EXPECT_EQ(bob->story(), "event:8");
  EXPECT_EQ(direct(), before + 3) << "again";
}

struct in_small_tails : direct_delivery {
  in_small_tails()
      : direct_delivery([](client_limits& limits) { limits.tail_bytes_per_room = 10'000; }) {}
};

TEST_F(in_small_tails, a_slow_reader_falls_behind_reads_pages_and_is_served_directly_again) {
  bob->narrow();
  bob->stall(true);
  std::string all;
  for (std::uint64_t seq = 4; seq < 104; ++seq) {
    post(std::string(1000, 'x'));
    rig.tick();
    all += (all.empty() ? "event:" : " event:") + std::to_string(seq);
  }
  EXPECT_EQ(eve->story(), all);
  bob->stall(false);
  auto got = bob->story();
  while (rig.tasks.stats().waiting != 0) {
    rig.run_all();
    got += ' ' + bob->story();
  }
  EXPECT_EQ(got, all);
  EXPECT_GT(rig.core->stats().pages_total, 0u);
  const auto before = direct();
  post();
  EXPECT_EQ(bob->story(), "event:104");
  EXPECT_EQ(direct(), before + 3);
}

TEST_F(in_small_tails, events_that_the_tail_drops_before_the_tick_come_as_pages) {
  std::string all;
  for (std::uint64_t seq = 4; seq < 34; ++seq) {
    post(std::string(1000, 'x'));
    all += (all.empty() ? "event:" : " event:") + std::to_string(seq);
  }
  (void)ann->story();
  rig.run_all();
  EXPECT_EQ(bob->story(), all);
  EXPECT_EQ(direct(), 0u);
}

struct in_small_flushes : direct_delivery {
  in_small_flushes()
      : direct_delivery([](client_limits& limits) { limits.flush_bytes_max = 2'500; }) {}
};

// A pass goes on in the next tick; what happens in between is heeded.
TEST_F(in_small_flushes, a_pass_over_several_ticks_meets_changes) {
  rig.world.create("default/s", "eve");
  for (int i = 0; i < 9; ++i) post(std::string(1000, 'x'));  // 4 … 12
  EXPECT_TRUE(rig.tick());
  EXPECT_EQ(direct(), 3u);
  bob->text(R"({"type":"unsubscribe","id":3,"room":"r"})");
  eve->text(R"({"type":"ping","id":7})");
  post();  // 13
  EXPECT_EQ(bob->story(), "event:4 event:5 event:6 ok");
  EXPECT_EQ(eve->story(),
            "event:4 event:5 event:6 pong event:7 event:8 event:9 event:10 event:11 event:12 "
            "event:13");
  EXPECT_EQ(ann->story(),
            "event:4 event:5 event:6 event:7 event:8 event:9 event:10 event:11 event:12 event:13");
  const auto before = direct();
  post();
  EXPECT_EQ(eve->story(), "event:14");
  EXPECT_EQ(direct(), before + 2);
}

TEST_F(in_small_flushes, who_comes_while_a_pass_goes_on_gets_what_follows_once) {
  for (int i = 0; i < 12; ++i) post(std::string(1000, 'x'));  // 4 … 15
  EXPECT_TRUE(rig.tick());
  bob->text(R"({"type":"unsubscribe","id":3,"room":"r"})");
  bob->text(R"({"type":"subscribe","id":1,"room":"r"})");
  EXPECT_TRUE(rig.tick());
  EXPECT_TRUE(rig.tick());
  (void)bob->came();
  post();  // 16
  EXPECT_EQ(bob->story(), "event:16");
}

TEST_F(in_small_flushes, who_is_kicked_between_two_ticks_of_a_pass_gets_nothing_after_it) {
  for (int i = 0; i < 5; ++i) post(std::string(1000, 'x'));  // 4 … 8
  EXPECT_TRUE(rig.tick());
  publish(rig.world.member("default/r", "ann", "bob", member_change::kicked));  // 9
  post();                                                                       // 10
  EXPECT_EQ(bob->story(), "event:4 event:5 event:6 event:7 event:8 event:9");
  EXPECT_EQ(eve->story(), "event:4 event:5 event:6 event:7 event:8 event:9 event:10");
}

// A client of two rooms that checks what comes: of each room every event above where it began, in
// order, but those that an ack has named.
class checked_client {
 public:
  checked_client(core_rig& rig, const std::string& user) : rig_(rig), at_(rig.sign_in(user)) {}

  played_connection& connection() { return *at_; }
  void subscribe(const std::string& room) {
    if (expected_.contains(room)) return;
    expected_[room] = rig_.world.head("default/" + room) + 1;
    at_->text(R"({"type":"subscribe","id":1,"room":")" + room + R"(","after_seq":)" +
              std::to_string(expected_[room] - 1) + '}');
  }
  void unsubscribe(const std::string& room) {
    at_->text(R"({"type":"unsubscribe","id":1,"room":")" + room + "\"}");
    while (rig_.tick()) {
    }
    (void)take();  // events that were on their way are before the answer
    expected_.erase(room);
  }
  // One batch with the message and its answer.
  void send(const std::string& room) {
    at_->text(R"({"type":"send","id":2,"room":")" + room + R"(","cid":"c","text":"hi"})");
    const auto batch = rig_.world.post("default/" + room, "ann", "hi");
    const auto seq = rig_.world.head("default/" + room);
    acked_[room].insert(seq);
    rig_.core->publish(batch, {rig_.ack_for(rig_.submitted.size() - 1, seq_no{seq})});
    rig_.run_posted();
  }
  // False: something was not expected.
  bool take() {
    for (const auto& object : at_->came()) {
      if (object == "<ping>" || field(object, "type") != "event") continue;
      const auto room = field(object, "room");
      if (!expected_.contains(room)) return false;
      auto& next = expected_[room];
      while (acked_[room].contains(next)) ++next;
      if (field(object, "seq") != std::to_string(next++)) return false;
    }
    return true;
  }
  bool has_everything() {
    for (auto& [room, next] : expected_) {
      while (acked_[room].contains(next)) ++next;
      if (next != rig_.world.head("default/" + room) + 1) return false;
    }
    return true;
  }

 private:
  core_rig& rig_;
  std::unique_ptr<played_connection> at_;
  std::map<std::string, std::uint64_t> expected_;
  std::map<std::string, std::set<std::uint64_t>> acked_;
};

RC_GTEST_PROP(direct_delivery_property, every_client_gets_every_event_once_and_in_order, ()) {
  core_rig rig([](client_server_options& options) {
    options.limits.tail_bytes_per_room = 12'000;
    options.limits.flush_bytes_max = 3'000;
  });
  const std::array<std::string, 2> rooms{"r", "s"};
  for (const auto& room : rooms) rig.world.create("default/" + room, "ann");
  std::vector<checked_client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(rig, "ann");
    for (const auto& room : rooms) clients.back().subscribe(room);
  }
  clients[2].connection().narrow();
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    auto& client = clients[*rc::gen::inRange<std::size_t>(0, clients.size())];
    const auto& room = rooms[*rc::gen::inRange<std::size_t>(0, rooms.size())];
    switch (*rc::gen::inRange(0, 10)) {
      case 0:
        client.connection().text(R"({"type":"ping","id":7})");
        break;
      case 1:
        client.send(room);
        break;
      case 2:
        client.connection().stall(*rc::gen::inRange(0, 2) == 0);
        break;
      case 3:
        rig.run_all();
        break;
      case 4:
        client.subscribe(room);
        break;
      case 5:
        if (!client.connection().stalled()) client.unsubscribe(room);
        break;
      case 6:
      case 7:
        (void)rig.tick();
        break;
      default:
        rig.core->publish(
            rig.world.post("default/" + room, "ann", std::string(*rc::gen::inRange(1, 3000), 'x')),
            {});
        rig.run_posted();
    }
    for (auto& each : clients) RC_ASSERT(each.take());
  }
  for (auto& client : clients) client.connection().stall(false);
  for (int i = 0; i < 1000; ++i) {
    (void)rig.tick();
    for (auto& client : clients) RC_ASSERT(client.take());
    rig.run_all();
  }
  for (auto& client : clients) RC_ASSERT(client.has_everything());
}

}  // namespace
}  // namespace roomlog::testing
