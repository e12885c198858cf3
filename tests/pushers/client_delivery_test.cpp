// Delivery on real sockets: fan-out, backlog, slow readers, dropped batches.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/subscribing.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// S0.2, S0.18, S0.19, S1.1, S1.3, S1.23, S3.1, S4.1, S4.2, S4.9
TEST(server_delivery, a_message_reaches_every_subscriber_once_and_its_sender_as_an_ack) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.member("default/r", "ann", "bob", member_change::invited);
  auto ann = rig.sign_in("ann");
  std::vector<ws_client> bobs;
  for (int i = 0; i < 4; ++i) bobs.push_back(rig.sign_in("bob"));  // on both shards
  ann.send_text(subscribe("r"));
  (void)next_of(ann, "live");
  for (auto& bob : bobs) {
    bob.send_text(subscribe("r"));
    (void)next_of(bob, "live");
  }
  for (int n = 3; n <= 12; ++n) {
    ann.send_text(R"({"type":"send","id":1,"room":"r","cid":"c)" + std::to_string(n) +
                  R"(","text":"hello"})");
    const auto ack = *ann.next_object();
    EXPECT_EQ(field(ack, "type"), "ack");
    EXPECT_EQ(field(ack, "seq"), std::to_string(n));
    for (auto& bob : bobs) {
      const auto event = *bob.next_object();
      EXPECT_EQ(field(event, "seq"), std::to_string(n));
      EXPECT_EQ(field(event, "text"), "hello");
    }
  }
  EXPECT_TRUE(ann.is_quiet(50ms));
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.events_framed_total == 20; }));
}

// S0.12, S0.13, S1.27, S3.5
TEST(server_delivery, the_backlog_meets_live_events_without_a_seam_under_concurrent_publishing) {
  server_rig rig([](client_server_options& options) {
    options.limits.page_bytes = 2000;
    options.limits.tail_bytes_per_room = 8 * 1024;  // so small that cursors fall below it
  });
  rig.world.create("default/r", "ann");
  constexpr std::uint64_t last = 4000;
  std::atomic<bool> failed = false;
  std::thread publisher([&] {
    while (rig.world.head("default/r") < last && !failed) {
      rig.post("default/r", "ann", std::string(rig.world.head("default/r") % 97, 'x'));
      if (rig.world.head("default/r") % 16 == 0) std::this_thread::yield();
    }
  });
  const auto reader = [&](std::uint64_t from) {
    auto client = rig.sign_in("ann");
    client.send_text(subscribe("r", R"(,"after_seq":)" + std::to_string(from)));
    std::uint64_t expected = from + 1;
    int lives = 0;
    while (expected <= last && !failed) {
      const auto object = client.next_object();
      if (!object) break;
      const auto type = field(*object, "type");
      if (type == "live") {
        ++lives;
        failed = failed || field(*object, "seq") != std::to_string(expected - 1);
      }
      if (type != "event") continue;
      if (field(*object, "seq") != std::to_string(expected)) failed = true;
      ++expected;
    }
    EXPECT_EQ(expected, last + 1);
    EXPECT_LE(lives, 1);
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i)
    readers.emplace_back([&, i] {
      try {
        for (int round = 0; round < 3; ++round)
          reader(rig.world.head("default/r") * static_cast<std::uint64_t>(i) / 8);
      } catch (const std::exception& e) {
        failed = true;
        ADD_FAILURE() << e.what();
      }
    });
  for (auto& thread : readers) thread.join();
  publisher.join();
  EXPECT_FALSE(failed);
}

// S2.3.3.1, S4.3, S4.5: short sends are counted; conflict 8
TEST(server_delivery, a_slow_reader_costs_its_budget_is_not_dropped_and_misses_nothing) {
  server_rig rig([](client_server_options& options) {
    options.limits.tail_bytes_per_room = 64 * 1024;
    options.limits.kernel_unsent_bytes = 4096;
  });
  rig.world.create("default/r", "ann");
  ws_connect_options narrow;
  narrow.receive_buffer_bytes = 4096;
  auto slow = rig.sign_in("ann", narrow);
  slow.send_text(subscribe("r"));
  (void)next_of(slow, "live");
  constexpr int events = 3000;  // 3 MB
  for (int i = 0; i < events; ++i) rig.post("default/r", "ann", std::string(1000, 'x'));
  EXPECT_TRUE(rig.eventually(
      [](const auto& s) { return s.events_framed_total == events && s.sends_short_total > 0; }));
  const auto stats = rig.server().stats();
  EXPECT_LE(stats.output_bytes, 128u * 1024);
  EXPECT_LE(stats.room_tail_bytes, 256u * 1024);
  for (int seq = 2; seq <= events + 1; ++seq) {
    const auto object = *slow.next_object();
    ASSERT_EQ(field(object, "seq"), std::to_string(seq));
  }
  EXPECT_GT(rig.server().stats().pages_total, 0u);
}

TEST(server_delivery, a_flush_that_has_sent_its_share_is_counted) {
  server_rig rig([](client_server_options& options) { options.limits.flush_bytes_max = 4096; });
  rig.world.create("default/r", "ann");
  rig.world.post("default/r", "ann", std::string(20'000, 'x'));
  auto client = rig.sign_in("ann");
  client.send_text(R"({"type":"history","room":"r","id":1})");
  EXPECT_EQ(field(*client.next_object(), "id"), "1");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.flushes_cut_total == 1; }));
}

TEST(server_delivery,
     clients_that_ask_for_pages_and_do_not_read_hold_a_page_each_and_get_all_of_them) {
  server_rig rig([](client_server_options& options) {
    options.limits.kernel_unsent_bytes = 4096;
    options.limits.query_page_bytes = 64 * 1024;
    options.limits.output_bytes_max = 64 * 1024;
  });
  rig.world.create("default/r", "ann");
  for (int i = 0; i < 32; ++i) rig.world.post("default/r", "ann", std::string(4000, 'x'));
  ws_connect_options narrow;
  narrow.receive_buffer_bytes = 4096;
  std::vector<ws_client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(rig.sign_in("ann", narrow));
    std::string message;
    for (int id = 1; id <= 8; ++id)
      message += R"({"type":"history","room":"r","id":)" + std::to_string(id) + "}\n";
    clients.back().send_text(message);
  }
  EXPECT_TRUE(rig.eventually([](const auto& s) {
    return s.queries_waited_total == 4 * 7 && s.sends_short_total >= 4 && s.reads_waiting == 0;
  }));
  EXPECT_LE(rig.server().stats().output_bytes, 4u * (64 + 8) * 1024);
  for (auto& client : clients)
    for (int id = 1; id <= 8; ++id)
      EXPECT_EQ(field(*client.next_object(), "id"), std::to_string(id));
}

// S1.5, S1.28: after an error too
TEST(server_delivery, joins_and_leaves_and_lost_connections_leave_nothing_behind) {
  server_rig rig;
  for (int i = 0; i < 20; ++i) rig.world.create("default/r" + std::to_string(i), "ann");
  for (int round = 0; round < 10; ++round) {
    std::vector<ws_client> clients;
    for (int i = 0; i < 20; ++i) {
      clients.push_back(rig.sign_in("ann"));
      std::string message;
      for (int room = 0; room < 20; ++room)
        message += subscribe("r" + std::to_string(room), R"(,"after_seq":0)") + '\n';
      clients.back().send_text(message);
      rig.post("default/r" + std::to_string(i), "ann", "x");
    }
    clients[0].send_close(1000);
    EXPECT_EQ(clients[0].wait_close()->close_code(), 1000u);
  }
  EXPECT_TRUE(rig.eventually([](const auto& s) {
    return s.connections == 0 && s.sessions == 0 && s.subscriptions == 0 && s.rooms == 0 &&
           s.room_tail_bytes == 0 && s.output_bytes == 0 && s.inbox_bytes == 0;
  }));
}

TEST(server_delivery, a_large_message_leaves_the_next_ones_whole) {
  server_rig rig;
  auto client = rig.sign_in("ann");
  for (int i = 0; i < 20; ++i) {
    const std::string message = R"({"type":"ping","id":)" + std::to_string(i) + '}';
    client.send_text(message + std::string(i % 2 == 0 ? 30'000 : 9'000, ' '));
    EXPECT_EQ(*client.next_object(), R"({"type":"pong","id":)" + std::to_string(i) + '}');
  }
}

// Posts a message to default/r whose batch is too large for any inbox without room.
std::shared_ptr<decided_batch> post_too_large(server_rig& rig, const std::string& text) {
  // Batches of the world hold no records, so this one is given some.
  record_batch_builder records(partition_id{0}, offset{0});
  records.add(offset{0}, timestamp{1}, "default/r", {});
  auto batch = std::make_shared<decided_batch>(*rig.world.post("default/r", "ann", text));
  batch->records = records.finish();
  return batch;
}

// S2.3.3.1
TEST(server_delivery, batches_dropped_for_a_full_inbox_are_read_from_history) {
  server_rig rig([](client_server_options& options) { options.limits.inbox_bytes_max = 0; });
  rig.world.create("default/r", "ann");
  auto client = rig.sign_in("ann");
  client.send_text(subscribe("r"));
  (void)next_of(client, "live");
  rig.publish(post_too_large(rig, "dropped"));
  EXPECT_EQ(field(*client.next_object(), "text"), "dropped");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.inbox_dropped_total == 2; }));
}

TEST(server_delivery,
     dropped_batches_come_when_the_state_can_be_read_again_although_the_room_is_quiet) {
  server_rig rig([](client_server_options& options) { options.limits.inbox_bytes_max = 0; });
  rig.world.create("default/r", "ann");
  auto client = rig.sign_in("ann");
  client.send_text(subscribe("r"));
  (void)next_of(client, "live");
  const auto batch = post_too_large(rig, "dropped");
  rig.world.fail_questions();
  rig.publish(batch);
  ASSERT_TRUE(rig.eventually([&](const auto&) { return rig.world.questions_refused() >= 2; }))
      << "asked again";
  rig.world.answer_questions();
  EXPECT_EQ(field(*client.next_object(), "text"), "dropped");
}

TEST(server_delivery, a_batch_as_large_as_the_inbox_is_taken_and_one_byte_more_is_dropped) {
  record_batch_builder records(partition_id{0}, offset{0});
  records.add(offset{0}, timestamp{1}, "default/r", {});
  decided_batch sized;  // as those of the world, with one event
  sized.events.resize(1);
  sized.records = records.finish();
  for (const bool fits : {true, false}) {
    server_rig rig([&](client_server_options& options) {
      options.limits.inbox_bytes_max = sized.bytes() - (fits ? 0 : 1);
    });
    rig.world.create("default/r", "ann");
    auto client = rig.sign_in("ann");
    client.send_text(subscribe("r"));
    (void)next_of(client, "live");
    auto batch = std::make_shared<decided_batch>(*rig.world.post("default/r", "ann", "whole"));
    batch->records = sized.records;
    ASSERT_EQ(batch->bytes(), sized.bytes());
    rig.publish(batch);
    EXPECT_EQ(field(*client.next_object(), "text"), "whole");
    const std::uint64_t dropped = fits ? 0 : 2;  // once on each shard
    EXPECT_TRUE(rig.eventually([&](const auto& s) { return s.inbox_dropped_total == dropped; }));
  }
}

}  // namespace
}  // namespace roomlog::testing
