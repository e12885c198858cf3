// The way of a command when something breaks: appends that are lost, late, out of order or refused
// for good, time that runs out, and a second process with the same gateway id.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "ingress/commands/command_record.h"
#include "tests/ingress/pipeline_world.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

std::string message(int n, std::string_view more = "") {
  const auto id = std::to_string(n);
  return R"({"type":"send","id":)" + id + R"(,"room":"r","cid":"c)" + id + R"(","text":"t")" +
         std::string(more) + "}";
}

class broken_pipeline : public ::testing::Test {
 protected:
  void begin_with_room(world_options with = {}) {
    world_ = std::make_unique<world>(with);
    ingress_options options;
    lift_user_limits(options);
    world_->add_gateway(options);
    world_->start();
    ASSERT_TRUE(gw().wait_ready());
    ASSERT_EQ(kind_of(world_->ask(R"({"type":"create","id":"room","room":"r"})", "ann")), "ack");
    world_->wait_folded();
  }
  test_gateway& gw() { return world_->gw(); }
  unruly_log& events() { return world_->events(); }
  void send(int n, std::uint64_t connection = 1) {
    EXPECT_FALSE(world_->send(message(n), "ann", connection)) << n;
  }
  command_outcome answer(int n) { return gw().wait_answer(std::to_string(n)); }
  std::uint64_t seq(int n) { return ack_of(answer(n)).seq.value; }
  void tick_until_answered(int n) {
    EXPECT_TRUE(eventually([&] {
      gw().tick();
      return gw().answers_to(std::to_string(n)) != 0;
    }));
  }

  std::unique_ptr<world> world_;
};

// S3.21
TEST_F(broken_pipeline, a_lost_append_is_made_again_before_what_came_after_it) {
  begin_with_room();
  const auto fences = gw().in().stats().fences;
  int appends = 0;
  events().set_fate(
      [&](const auto&) { return ++appends == 2 ? append_fate::lose : append_fate::pass; });
  for (int n = 1; n <= 4; ++n) send(n);
  EXPECT_EQ(seq(1), 2u);
  EXPECT_EQ(seq(2), 3u);
  EXPECT_EQ(seq(3), 4u);
  EXPECT_EQ(seq(4), 5u);
  EXPECT_EQ(world_->fold().fence_counter(partition_id{0}, "gw-0").value(), 2u);
  EXPECT_EQ(gw().in().stats().fences, fences + 1);
  for (int n = 1; n <= 4; ++n) EXPECT_EQ(gw().answers_to(std::to_string(n)), 1u);
}

TEST_F(broken_pipeline, overtaking_appends_change_no_order) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::hold; });
  for (int n = 1; n <= 5; ++n) send(n);
  events().release(false);  // the last first
  for (int n = 1; n <= 5; ++n) EXPECT_EQ(seq(n), static_cast<std::uint64_t>(n) + 1);
  for (int n = 1; n <= 5; ++n) EXPECT_EQ(gw().answers_to(std::to_string(n)), 1u);
}

TEST_F(broken_pipeline, an_append_of_unknown_outcome_leads_to_a_fence_and_one_acceptance) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::report_unknown; });
  send(1);
  EXPECT_EQ(seq(1), 2u);
  events().set_fate(nullptr);
  EXPECT_TRUE(eventually([&] {
    gw().tick();
    return world_->fold().fence_counter(partition_id{0}, "gw-0").value() == 2;
  }));
  ASSERT_TRUE(gw().wait_ready());
  send(2);
  EXPECT_EQ(seq(2), 3u);
}

// S3.21
TEST_F(broken_pipeline, an_append_that_was_not_written_is_made_again) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::fail_unwritten; });
  send(1);
  send(2);
  events().set_fate(nullptr);
  tick_until_answered(2);
  EXPECT_EQ(seq(1), 2u);
  EXPECT_EQ(seq(2), 3u);
}

TEST_F(broken_pipeline, a_lost_fence_is_asked_for_again) {
  world_ = std::make_unique<world>();
  world_->add_gateway();
  events().set_fate([](const auto&) { return append_fate::lose; });
  world_->start();
  EXPECT_FALSE(world_->send(R"({"type":"create","id":1,"room":"r"})", "ann"));
  EXPECT_FALSE(gw().in().ready());
  events().set_fate(nullptr);
  world_->clock().advance(5s);
  EXPECT_TRUE(gw().wait_ready());
  EXPECT_EQ(kind_of(answer(1)), "unavailable");  // it was never appended: nothing happened
  EXPECT_EQ(kind_of(world_->ask(R"({"type":"create","id":2,"room":"r"})", "ann")), "ack");
}

// A start need not wait for a partition that cannot be appended to, once it has tried.
TEST_F(broken_pipeline, a_partition_that_takes_no_fence_keeps_no_other_from_its_start) {
  world_options with;
  with.partitions = 2;
  world_ = std::make_unique<world>(with);
  world_->add_gateway();
  std::atomic<bool> second_fails{true};
  events().set_partition_fate([&](partition_id p) {
    return p.value == 1 && second_fails ? append_fate::lose : append_fate::pass;
  });
  world_->start();
  EXPECT_TRUE(eventually([&] { return gw().in().not_ready() == std::vector{partition_id{1}}; }));
  EXPECT_FALSE(gw().in().settled());
  const std::string room = room_in(1, 2);
  EXPECT_FALSE(world_->send(R"({"type":"create","id":1,"room":")" + room + R"("})", "ann"));
  world_->clock().advance(5s);
  EXPECT_TRUE(gw().in().settled());
  EXPECT_FALSE(gw().in().ready());
  gw().tick();
  EXPECT_EQ(kind_of(answer(1)), "unavailable");
  second_fails = false;
  world_->clock().advance(5s);
  EXPECT_TRUE(gw().wait_ready());
  EXPECT_EQ(kind_of(world_->ask(R"({"type":"create","id":2,"room":")" + room + R"("})", "ann")),
            "ack");
}

TEST_F(broken_pipeline, no_partition_at_all_is_no_start) {
  world_ = std::make_unique<world>();
  world_->add_gateway();
  events().set_fate([](const auto&) { return append_fate::lose; });
  world_->start();
  world_->clock().advance(60s);
  gw().tick();
  EXPECT_FALSE(gw().in().settled());
  events().set_fate(nullptr);
  world_->clock().advance(5s);
  EXPECT_TRUE(gw().wait_ready());
  EXPECT_TRUE(gw().in().settled());
}

TEST_F(broken_pipeline, a_fence_that_the_full_log_refused_is_asked_for_again) {
  world_ = std::make_unique<world>();
  world_->add_gateway();
  events().set_fate([](const auto&) { return append_fate::refuse_full; });
  world_->start();
  EXPECT_FALSE(world_->send(R"({"type":"create","id":1,"room":"r"})", "ann"));
  gw().tick();
  events().set_fate(nullptr);
  EXPECT_TRUE(gw().wait_ready());
  EXPECT_EQ(kind_of(answer(1)), "ack");
}

TEST_F(broken_pipeline, a_verdict_that_does_not_come_is_an_unknown_outcome) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::hold; });
  send(1);
  world_->clock().advance(4999ms);
  gw().tick();
  EXPECT_EQ(gw().answers_to("1"), 0u);
  world_->clock().advance(1ms);
  gw().tick();
  const auto unknown = answer(1);
  EXPECT_EQ(kind_of(unknown), "unknown_outcome");
  EXPECT_TRUE(is_temporary(std::get<client_error>(unknown).code));
  gw().tick();

  // The same cid again waits for the same record, which the log finds too late.
  EXPECT_FALSE(
      world_->send(R"({"id":"retry","type":"send","room":"r","cid":"c1","text":"t"})", "ann", 2));
  world_->clock().advance(1ms);
  events().release();
  EXPECT_EQ(kind_of(gw().wait_answer("\"retry\"")), "expired");
  EXPECT_EQ(gw().answers_to("1"), 1u);
  EXPECT_EQ(kind_of(world_->ask(R"({"id":"last","type":"send","room":"r","cid":"c1","text":"t"})",
                                "ann")),
            "ack");
}

TEST_F(broken_pipeline, what_nobody_waits_for_any_more_is_not_appended_again) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::lose; });
  send(1);
  world_->clock().advance(5s);
  tick_until_answered(1);
  EXPECT_EQ(kind_of(answer(1)), "unknown_outcome");
  events().set_fate(nullptr);
  send(2);  // finds the gap
  EXPECT_EQ(seq(2), 2u);
  EXPECT_FALSE(world_->fold().find_command("default/r", "ann", "c1"));
  const auto retry = R"({"id":"retry","type":"send","room":"r","cid":"c1","text":"t"})";
  EXPECT_EQ(ack_of(world_->ask(retry, "ann", 2)).seq, seq_no{3});
}

TEST_F(broken_pipeline, a_retry_finds_out_about_a_lost_append_that_nothing_came_after) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::lose; });
  send(1);
  world_->clock().advance(5s);
  tick_until_answered(1);
  events().set_fate(nullptr);
  const auto retry = [](const char* id) {
    return R"({"type":"send","room":"r","cid":"c1","text":"t","id":)" + std::string(id) + "}";
  };
  world_->clock().advance(1ms);
  EXPECT_EQ(kind_of(world_->ask(retry("2"), "ann", 2)), "expired");
  EXPECT_EQ(kind_of(world_->ask(retry("3"), "ann", 2)), "ack");
}

TEST_F(broken_pipeline, original_deadlines_hold_after_a_new_fence) {
  begin_with_room();
  int appends = 0;
  events().set_fate(
      [&](const auto&) { return ++appends == 1 ? append_fate::lose : append_fate::pass; });
  send(1);
  world_->clock().advance(4s);
  // Another waits for the same command, so it goes on after the first has given up.
  EXPECT_FALSE(
      world_->send(R"({"id":"retry","type":"send","room":"r","cid":"c1","text":"t"})", "ann", 2));
  world_->clock().advance(2s);
  gw().tick();
  EXPECT_EQ(kind_of(answer(1)), "unknown_outcome");
  send(2);  // finds the gap
  EXPECT_EQ(kind_of(gw().wait_answer("\"retry\"")), "expired");
  EXPECT_EQ(seq(2), 2u);
}

TEST_F(broken_pipeline, a_failed_log_ends_everything_with_an_answer) {
  std::atomic<bool> broken{false};
  world_options with;
  with.on_write = [&](std::size_t) -> result<> {
    if (broken) return error{errc::io, "the disk is gone"};
    return {};
  };
  begin_with_room(with);
  broken = true;
  send(1);
  tick_until_answered(1);
  EXPECT_EQ(kind_of(answer(1)), "unknown_outcome");
  EXPECT_NE(gw().in().failure().find("the disk is gone"), std::string::npos) << gw().in().failure();
  EXPECT_FALSE(gw().in().ready());
  const auto refused = world_->send(message(2), "ann");
  ASSERT_TRUE(refused);
  EXPECT_EQ(kind_of(*refused), "unavailable");
  EXPECT_EQ(gw().in().stats().in_flight, 0u);
}

TEST_F(broken_pipeline, a_failed_log_answers_what_waits_for_a_fence) {
  std::atomic<bool> broken{false};
  world_options with;
  with.on_write = [&](std::size_t) -> result<> {
    if (broken) return error{errc::io, "the disk is gone"};
    return {};
  };
  world_ = std::make_unique<world>(with);
  world_->add_gateway();
  events().set_fate([](const auto&) { return append_fate::hold; });
  world_->start();
  EXPECT_FALSE(world_->send(R"({"type":"create","id":1,"room":"r"})", "ann"));
  ASSERT_TRUE(eventually([&] { return events().held() == 1; }));
  broken = true;
  events().release();
  tick_until_answered(1);
  EXPECT_EQ(kind_of(answer(1)), "unavailable");
}

TEST_F(broken_pipeline, stops_when_another_process_takes_a_fence_with_its_gateway_id) {
  begin_with_room();
  events().set_fate([](const auto&) { return append_fate::hold; });
  send(1);
  EXPECT_EQ(events().held(), 1u);
  const std::string fence = encode_fence({"gw-0", 7, 4711, 0}, world_->clock().now());
  events().set_fate([](const auto&) { return append_fate::pass; });
  ASSERT_TRUE(events().append(partition_id{0}, {{"", fence}}, [](const auto&) {}));
  EXPECT_EQ(kind_of(answer(1)), "unknown_outcome");
  EXPECT_NE(gw().in().failure().find("gw-0"), std::string::npos);
  const auto refused = world_->send(message(2), "ann");
  ASSERT_TRUE(refused);
  EXPECT_EQ(kind_of(*refused), "unavailable");
  events().release();
  world_->wait_folded();
  EXPECT_FALSE(world_->fold().find_command("default/r", "ann", "c1"));
}

TEST_F(broken_pipeline, a_second_life_of_a_gateway_fences_the_first) {
  begin_with_room();
  send(1);
  EXPECT_EQ(seq(1), 2u);
  ingress_options options;
  options.gateway = "gw-0";
  const auto second = make_ingress(options, events(), world_->fold(), world_->clock());
  second->start();
  EXPECT_TRUE(eventually([&] { return !gw().in().failure().empty(); }));
  EXPECT_EQ(world_->fold().fence_counter(partition_id{0}, "gw-0").value(), 2u);
  EXPECT_EQ(second->failure(), "");
}

// Losses, delays, doubled reports and refusals at random, from several threads: every command has
// exactly one answer, nothing is accepted twice, each connection's order holds.
// S1.27, S2.2.4.5, S3.5
TEST_F(broken_pipeline, keeps_its_promises_on_a_log_that_misbehaves) {
  world_options with;
  with.partitions = 3;
  begin_with_room(with);
  constexpr int threads = 4, rooms = 5, messages = 400;
  for (int room = 0; room < rooms; ++room) {
    const std::string name = "room" + std::to_string(room);
    (void)world_->ask(
        R"({"type":"create","public":true,"id":")" + name + R"(","room":")" + name + R"("})",
        "ann");
    for (int t = 0; t < threads; ++t) {
      (void)world_->ask(R"({"type":"join","id":")" + name + "-" + std::to_string(t) +
                            R"(","room":")" + name + R"("})",
                        ("user" + std::to_string(t)).c_str());
    }
  }
  const std::size_t answered_before = gw().answers();
  std::mt19937 random(20240607);
  events().set_fate([&](const std::vector<append_entry>& entries) {  // under the log's lock
    if (entries.front().key.empty()) return append_fate::pass;       // a lost fence costs seconds
    const auto dice = random() % 100;
    if (dice < 2) return append_fate::lose;
    if (dice < 4) return append_fate::report_unknown;
    if (dice < 5) return append_fate::fail_unwritten;
    return append_fate::pass;
  });
  std::atomic<bool> done{false};
  std::thread ticker([&] {
    while (!done) {
      gw().tick();
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([&, t] {
      for (int n = 0; n < messages; ++n) {
        const std::string id = std::to_string((t + 1) * 100000 + n);
        const std::string json = R"({"type":"send","id":)" + id + R"(,"cid":")" + id +
                                 R"(","text":"x","room":"room)" + std::to_string(n % rooms) +
                                 R"("})";
        EXPECT_FALSE(world_->send(json, ("user" + std::to_string(t)).c_str(),
                                  100 + static_cast<std::uint64_t>(t)));
      }
    });
  }
  for (auto& s : senders) s.join();
  // The tail of a lane has nothing after it that would show a loss: time does. Appends behave now.
  events().set_fate(nullptr);
  const std::size_t all = answered_before + threads * messages;
  int poked = 0;
  std::uint64_t poke_answers = 0;
  EXPECT_TRUE(eventually([&] {
    if (gw().answers() >= all + poke_answers) return true;
    const std::string room = "room" + std::to_string(poked % rooms);
    if (!world_->send(R"({"type":"send","text":"poke","id":"p","cid":"p)" + std::to_string(poked) +
                          R"(","room":")" + room + R"("})",
                      "ann", 999)) {
      ++poke_answers;
    }
    ++poked;
    return false;
  }));
  EXPECT_TRUE(eventually([&] { return gw().in().stats().in_flight == 0; }));
  done = true;
  ticker.join();

  std::map<std::string, std::map<std::uint64_t, std::string>> by_seq;
  std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> last_seq;
  std::map<std::string, int> answers;
  for (const auto& a : gw().wait_answers(all)) {
    if (a.to.connection < 100 || a.to.connection == 999) continue;
    ++answers[a.id];
    ASSERT_EQ(kind_of(a.outcome), "ack") << a.id;
    const auto& ack = ack_of(a.outcome);
    EXPECT_TRUE(by_seq[ack.room].emplace(ack.seq.value, ack.cid).second);
    auto& last = last_seq[{a.to.connection, ack.room}];
    EXPECT_LT(last, ack.seq.value);
    last = ack.seq.value;
  }
  EXPECT_EQ(answers.size(), static_cast<std::size_t>(threads * messages));
  for (const auto& [id, count] : answers) EXPECT_EQ(count, 1) << id;
  EXPECT_GT(world_->fold().fence_counter(partition_id{0}, "gw-0").value(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
