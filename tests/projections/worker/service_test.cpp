// The fold service on every pairing of log and state.
#include <atomic>
#include <future>
#include <thread>

#include "log/partitioner.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/fold_rig.h"
#include "tests/projections/worker/scripted_log.h"
#include "tests/projections/worker/service_rig.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using enum verdict_kind;

struct service : ::testing::TestWithParam<service_kind> {
  service_rig rig{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(pairings, service,
                         ::testing::Values(service_kind{log_engine::memory, state_engine::memory},
                                           service_kind{log_engine::memory, state_engine::rocks},
                                           service_kind{log_engine::embedded, state_engine::memory},
                                           service_kind{log_engine::embedded, state_engine::rocks}),
                         [](const auto& info) { return name_of(info.param); });

TEST_P(service, decides_what_is_appended_and_answers_as_of_the_verdict) {
  const verdict created = rig.take(creates("ann", "c1"));
  EXPECT_TRUE(is(created, accepted, 1));
  const auto room = rig.lookup().find_room(open_room);
  ASSERT_TRUE(room.has_value());
  EXPECT_TRUE(room->is_public);
  EXPECT_FALSE(room->direct);
  EXPECT_FALSE(room->closed);
  EXPECT_EQ(room->head, seq_no{1});
  EXPECT_EQ(room->members, 1U);
  EXPECT_EQ(room->last_time, created.shown_time);
  EXPECT_EQ(rig.lookup().find_room("t/none").error().code, errc::not_found);
  EXPECT_EQ(rig.lookup().role_of(open_room, "ann").value(), member_role::owner);
  EXPECT_EQ(rig.lookup().role_of(open_room, "bob").value(), member_role::none);
  EXPECT_EQ(rig.lookup().role_of("t/none", "ann").value(), member_role::none);
}

// S2.2.4.3
TEST_P(service, finds_decided_commands) {
  rig.take(creates("ann", "c1"));
  const event said = says("ann", "c2");
  const verdict v = rig.take(said);
  const auto found = rig.lookup().find_command(open_room, "ann", "c2");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->seq, v.seq);
  EXPECT_EQ(found->at, v.first_offset);
  EXPECT_EQ(found->shown_time, v.shown_time);
  EXPECT_EQ(found->algorithm, said.digest_alg);
  EXPECT_EQ(found->digest, said.digest);
  EXPECT_EQ(rig.lookup().find_command(open_room, "ann", "c3").error().code, errc::not_found);
  EXPECT_EQ(rig.lookup().find_command(open_room, "bob", "c2").error().code, errc::not_found);
  EXPECT_EQ(rig.lookup().find_command("t/none", "ann", "c2").error().code, errc::not_found);
  EXPECT_EQ(rig.lookup().find_command(open_room, std::string(300, 'x'), "c2").error().code,
            errc::not_found);
}

TEST_P(service, tells_the_counter_of_a_fence) {
  rig.take(creates("ann", "c1"));
  const partition_id p = partition_of(open_room, 4);
  EXPECT_EQ(rig.lookup().fence_counter(p, "gateway-1").value(), 1U);
  EXPECT_EQ(rig.lookup().fence_counter(p, "stranger").value(), 0U);
  EXPECT_EQ(rig.lookup().fence_counter(p, "").value(), 0U);
}

TEST_P(service, finds_the_first_seq_since_a_time_and_after_an_offset) {
  std::vector<verdict> all = {rig.take(creates("ann", "c1"))};
  for (int i = 2; i <= 9; ++i) {
    all.push_back(rig.take(says("ann", keep("c" + std::to_string(i)))));
    rig.take(says("nobody", keep("x" + std::to_string(i))));  // offsets without a seq
  }
  for (const verdict& v : all) {
    EXPECT_EQ(*rig.lookup().first_seq_since(open_room, v.shown_time), v.seq);
    EXPECT_EQ(*rig.lookup().first_seq_since(open_room, timestamp{v.shown_time.value + 1}),
              next(v.seq));
    EXPECT_EQ(*rig.lookup().first_seq_after(open_room, v.first_offset), next(v.seq));
    EXPECT_EQ(*rig.lookup().first_seq_after(open_room, offset{v.first_offset.value - 1}), v.seq);
  }
  EXPECT_EQ(*rig.lookup().first_seq_since(open_room, timestamp{0}), seq_no{1});
  EXPECT_EQ(rig.lookup().first_seq_since("t/none", timestamp{0}).error().code, errc::not_found);
  EXPECT_EQ(rig.lookup().first_seq_after("t/none", offset{0}).error().code, errc::not_found);
}

// S2.2.4.1
TEST_P(service, goes_on_after_a_restart_and_still_knows_every_command) {
  rig.take(creates("ann", "c1"));
  const verdict first = rig.take(says("ann", "c2"));
  rig.restart_all();
  const verdict again = rig.take(says("ann", "c2"));
  EXPECT_EQ(again, (verdict{duplicate, reject_reason::none, first.seq, first.first_offset,
                            first.shown_time}));
  EXPECT_TRUE(is(rig.take(says("ann", "c3")), accepted, 3));
  EXPECT_EQ(rig.history().page(open_room, {})->entries.size(), 3U);
}

TEST_P(service, many_rooms_in_all_partitions_keep_to_themselves) {
  constexpr int rooms = 300;
  for (int r = 0; r < rooms; ++r) {
    const auto room = keep("t/room-" + std::to_string(r));
    rig.append(creates("ann", "c1", room));
    rig.append(joins("bob", "c2", room));
    for (int i = 0; i < r % 5; ++i) {
      rig.append(says("bob", keep("m" + std::to_string(i)), "x", room));
    }
  }
  rig.settle();
  for (int r = 0; r < rooms; ++r) {
    const auto room = "t/room-" + std::to_string(r);
    EXPECT_EQ(rig.lookup().find_room(room)->head.value, static_cast<std::uint64_t>(2 + r % 5));
    EXPECT_EQ(rig.history().page(room, {})->entries.size(), static_cast<std::size_t>(2 + r % 5));
  }
  rooms_query all;
  all.limit = rooms;
  EXPECT_EQ(rig.history().rooms_of("t", "bob", all)->rooms.size(), all.limit);
}

TEST_P(service, status_tells_where_every_partition_stands) {
  rig.take(creates("ann", "c1"));
  rig.take(creates("ann", "c1"));
  rig.take(says("bob", "c1"));
  ASSERT_TRUE(rig.history().page(open_room, {}).has_value());  // waits for the commit
  const auto all = rig.service().status();
  ASSERT_EQ(all.size(), 4U);
  const fold_status s = all[partition_of(open_room, 4).value];
  EXPECT_EQ(s.partition, partition_of(open_room, 4));
  EXPECT_EQ(s.stopped, "");
  EXPECT_EQ(s.position, s.log_end);
  EXPECT_EQ(s.committed, s.log_end);
  EXPECT_EQ(s.accepted, 1U);
  EXPECT_EQ(s.duplicates, 1U);
  EXPECT_EQ(s.rejected, 1U);
}

// S1.27
TEST_P(service, readers_and_writers_do_not_disturb_each_other) {
  rig.take(creates("ann", "c1"));
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> acked{1};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const std::uint64_t floor = acked;
        EXPECT_GE(rig.lookup().find_room(open_room)->head.value, floor);
        const auto page = rig.history().page(open_room, {});
        ASSERT_TRUE(page.has_value());
        EXPECT_GE(page->entries.back().standing.seq.value, floor);
      }
    });
  }
  for (std::uint64_t i = 2; i <= 200; ++i) {
    EXPECT_EQ(rig.take(says("ann", keep("c" + std::to_string(i)))).seq.value, i);
    acked = i;
  }
  done = true;
  for (auto& reader : readers) reader.join();
}

TEST_P(service, stop_answers_who_waits) {
  std::promise<result<>> answer;
  rig.lookup().when_folded(partition_id{0}, offset{1'000'000},
                           [&](result<> r) { answer.set_value(std::move(r)); });
  rig.service().stop();
  const result<> r = answer.get_future().get();
  ASSERT_FALSE(r.has_value());
  EXPECT_EQ(r.error().code, errc::closed);
  rig.service().stop();
}

TEST(service_opening, refuses_a_state_that_is_ahead_of_the_log) {
  service_rig rig({log_engine::memory, state_engine::rocks}, 1);
  rig.take(creates("ann", "c1"));
  rig.end();
  const auto epoch = rig.events().identity().epoch;
  scripted_log shorter({{descriptor_codec().encode({epoch, 1, 1}), timestamp{1}}});
  shorter.show(1);
  auto opened = open_fold_service(shorter, rig.dir() / "state", rig.options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, errc::damaged);
  EXPECT_NE(opened.error().text.find("ends at 1"), std::string::npos) << opened.error().text;
}

TEST(service_opening, refuses_a_state_that_is_open_elsewhere) {
  service_rig rig({log_engine::memory, state_engine::rocks}, 1);
  auto second = open_fold_service(rig.events(), rig.dir() / "state", rig.options);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, errc::in_use);
}

TEST(service_damage, stops_one_partition_and_tells_so_while_the_others_go_on) {
  service_rig rig({log_engine::memory, state_engine::memory}, 4);
  rig.take(creates("ann", "c1"));
  const partition_id sick = partition_of(open_room, 4);
  EXPECT_TRUE(rig.lookup().can_decide(sick));
  event strange = says("ann", "c2");
  strange.facts = unknown_body{77};
  rig.append(strange);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (rig.service().status()[sick.value].stopped.empty()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_NE(rig.service().status()[sick.value].stopped.find("unknown type 77"), std::string::npos);
  for (std::uint32_t p = 0; p < 4; ++p) {
    EXPECT_EQ(rig.lookup().can_decide(partition_id{p}), p != sick.value) << p;
  }
  int others = 0;
  for (int i = 0; i < 20; ++i) {
    const auto room = keep("t/room-" + std::to_string(i));
    if (partition_of(room, 4) == sick) continue;
    EXPECT_TRUE(is(rig.take(creates("ann", "c1", room)), accepted, 1));
    ++others;
  }
  EXPECT_GT(others, 0);
  // What was decided before can still be read.
  EXPECT_EQ(rig.history().page(open_room, {})->entries.size(), 1U);
}

TEST(service_threads, several_share_the_partitions) {
  service_rig rig({log_engine::memory, state_engine::rocks}, 8);
  rig.end();
  rig.options.threads = 3;
  rig.start();
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(
        is(rig.take(creates("ann", "c1", keep("t/room-" + std::to_string(i)))), accepted, 1));
  }
  EXPECT_EQ(rig.history().rooms_of("t", "ann", {})->rooms.size(), 40U);
}

TEST_P(service, who_waits_for_an_offset_is_answered_at_exactly_that_position) {
  rig.take(creates("ann", "c1"));
  const partition_id p = partition_of(open_room, 4);
  // A batch is published before the position moves.
  const auto level = [&] { return rig.lookup().position(p) == rig.lookup().log_end(p); };
  ASSERT_TRUE(eventually(level));
  const offset here = rig.lookup().position(p);
  std::atomic<int> here_told{0}, next_told{0}, later_told{0};
  rig.lookup().when_folded(p, here, [&](result<> r) { here_told += r.has_value() ? 1 : 0; });
  EXPECT_EQ(here_told, 1) << "at once, on this thread";
  rig.lookup().when_folded(p, next(here), [&](result<> r) { next_told += r.has_value() ? 1 : 0; });
  rig.lookup().when_folded(p, next(next(here)),
                           [&](result<> r) { later_told += r.has_value() ? 1 : 0; });
  EXPECT_EQ(next_told, 0);
  rig.take(says("ann", "c2"));
  EXPECT_TRUE(eventually([&] { return next_told == 1; }));
  EXPECT_TRUE(eventually(level));
  EXPECT_EQ(rig.lookup().position(p), next(here));
  EXPECT_EQ(later_told, 0);
  rig.take(says("ann", "c3"));
  EXPECT_TRUE(eventually([&] { return later_told == 1; }));
}

// Without that the wait ends, with what it waited for, when its time is up.
TEST_P(service, a_read_of_a_view_wakes_on_the_commit_itself_and_not_on_a_timer) {
  rig.end();
  rig.options.wait_max = std::chrono::minutes(1);
  rig.start();
  rig.take(creates("ann", "c1"));
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) {
    // The verdict is published before the commit.
    const verdict v = rig.take(says("ann", keep("m" + std::to_string(i))));
    const auto page = rig.history().page(open_room, {});
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->entries.back().standing.seq, v.seq);
    ASSERT_LT(std::chrono::steady_clock::now() - begun, rig.options.wait_max / 2);
  }
}

}  // namespace
}  // namespace roomlog::testing
