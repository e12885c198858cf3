// A fold that crashes and starts again, at every point, ends with the same bytes as one that runs
// through.
#include <gtest/gtest.h>

#include <thread>

#include "projections/fold/fold.h"
#include "projections/store/memory_state_store.h"
#include "projections/store/rocks_state_store.h"
#include "projections/store/state_keys.h"
#include "projections/worker/fold_loop.h"
#include "projections/worker/fold_service.h"
#include "projections/worker/offline_fold.h"
#include "projections/worker/partition_worker.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/store/store_dump.h"
#include "tests/projections/worker/scripted_life.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

// What survives a process: a directory, or the memory of a simulated disk.
class disk {
 public:
  explicit disk(bool rocks) : rocks_(rocks) {}
  std::unique_ptr<state_store> open() {
    if (!rocks_) return std::make_unique<memory_state_store>(memory_);
    return std::move(*open_rocks_state_store(dir_.path(), {1, "abc123", 8 << 20}));
  }

 private:
  const bool rocks_;
  const temporary_directory dir_;
  const std::shared_ptr<memory_state> memory_ = make_memory_state(1);
};

class restart : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(both, restart, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "rocks" : "memory"; });

store_dump fold_in_one_go(scripted_log& events) {
  memory_state_store store(1);
  events.show(events.size());
  const auto end = fold_offline(events, store, {.partition = p0, .views = all_views()});
  EXPECT_EQ(end.value(), offset{events.size()});
  return dump_of(store);
}

TEST_P(restart, at_every_point_gives_the_same_bytes) {
  scripted_log events(script(7));
  const store_dump expected = fold_in_one_go(events);
  ASSERT_GT(expected.size(), 60U);
  for (std::size_t cut = 0; cut <= events.size(); ++cut) {
    disk kept(GetParam());
    events.records_per_read = 1 + cut % 17;
    {
      const auto store = kept.open();
      life first(events, *store);
      events.show(cut);
      first.run();
      first.commit();
      events.show(std::min(events.size(), cut + cut % 11));
      first.run();
      if (cut % 2 == 0) first.worker.stage();  // and dies before the commit
    }
    const auto store = kept.open();
    life second(events, *store);
    ASSERT_TRUE(second.worker.check_against_log().has_value());
    ASSERT_EQ(second.worker.position().value, cut);
    events.show(events.size());
    second.run();
    second.commit();
    ASSERT_EQ(dump_of(*store), expected) << "cut at " << cut;
  }
}

TEST_P(restart, commits_at_any_distance_give_the_same_bytes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    scripted_log events(script(seed));
    const store_dump expected = fold_in_one_go(events);
    const auto store = disk(GetParam()).open();
    life stepwise(events, *store);
    events.records_per_read = seed;
    for (std::size_t end = 0; end <= events.size(); ++end) {
      events.show(end);
      stepwise.run();
      if (end % (2 * seed) == 0) stepwise.commit();
    }
    stepwise.commit();
    EXPECT_EQ(dump_of(*store), expected);
  }
}

TEST_P(restart, views_that_are_missing_are_built_from_the_log) {
  scripted_log events(script(3));
  const store_dump expected = fold_in_one_go(events);
  disk kept(GetParam());
  auto store = kept.open();
  events.show(events.size());
  {
    life without(events, *store, false);
    without.run();
    without.commit();
  }
  for (const auto& [key, value] : dump_of(*store)) ASSERT_EQ(view_of(key), view_id::fold);
  store.reset();
  store = kept.open();
  events.records_per_read = 5;
  life with(events, *store);
  EXPECT_EQ(with.worker.position().value, events.size());
  for (const view_status& view : with.worker.status().views) {
    EXPECT_EQ(view.committed.value, 0U);
    EXPECT_FALSE(view.level);
  }
  with.run();
  with.commit();
  for (const view_status& view : with.worker.status().views) {
    EXPECT_EQ(view.committed.value, events.size());
    EXPECT_TRUE(view.level);
  }
  EXPECT_EQ(dump_of(*store), expected);
}

TEST_P(restart, views_catch_up_after_a_crash_on_the_way) {
  scripted_log events(script(4));
  const store_dump expected = fold_in_one_go(events);
  disk kept(GetParam());
  events.show(events.size());
  {
    const auto store = kept.open();
    life without(events, *store, false);
    without.run();
    without.commit();
  }
  events.records_per_read = 9;
  {
    const auto store = kept.open();
    life half(events, *store);
    for (int i = 0; i < 7; ++i) half.worker.follow();
    half.commit();
    for (int i = 0; i < 3; ++i) half.worker.follow();
  }
  const auto store = kept.open();
  life rest(events, *store);
  rest.run();
  rest.commit();
  EXPECT_EQ(dump_of(*store), expected);
}

// What it covers ends below the checkpoint from which the second process begins.
TEST_P(restart, a_seal_that_stopped_the_partition_stops_it_again) {
  auto records = script(5);
  const std::string root(log_sealed::root_bytes, 'r');
  const log_sealed wrong{offset{30}, 30, as_byte_view(root), {}, {}, {}};
  records[40].value = encode(control_record(wrong));
  scripted_log events(std::move(records));
  disk kept(GetParam());
  {
    const auto store = kept.open();
    life first(events, *store);
    fold_loop loop(*store, 1 << 20);
    loop.add(first.worker);
    events.show(40);
    while (loop.pass()) {
    }
    loop.commit();
    events.show(41);
    EXPECT_TRUE(loop.pass());
    EXPECT_TRUE(loop.has_uncommitted()) << "that it stopped is written without another record";
    loop.commit();
  }
  events.show(events.size());
  const auto store = kept.open();
  life second(events, *store);
  second.run();
  EXPECT_NE(second.worker.status().stopped.find("partition 0, offset 40: "), std::string::npos)
      << second.worker.status().stopped;
  EXPECT_EQ(second.worker.position(), offset{40});
}

struct refused_log : ::testing::Test {
  refused_log() : events(script(5)) {
    life first(events, store);
    events.show(40);
    first.run();
    first.commit();
  }
  std::string refusal() {
    life second(events, store);
    const auto fits = second.worker.check_against_log();
    if (!fits) {
      EXPECT_EQ(fits.error().code, errc::damaged);
    }
    return fits ? "" : fits.error().text;
  }
  scripted_log events;
  memory_state_store store{1};
};

TEST_F(refused_log, the_same_log_is_taken) {
  EXPECT_EQ(refusal(), "");
  events.show(60);
  EXPECT_EQ(refusal(), "");
}

TEST_F(refused_log, a_log_that_ends_below_the_checkpoint_is_damaged) {
  events.show(39);
  EXPECT_NE(refusal().find("ends at 39, below the state's checkpoint 40"), std::string::npos);
}

TEST_F(refused_log, another_record_before_the_checkpoint_is_damage) {
  std::swap(events.records()[39], events.records()[20]);
  EXPECT_NE(refusal().find("offset 39"), std::string::npos) << refusal();
}

TEST_F(refused_log, a_log_that_begins_beyond_the_checkpoint_is_refused_with_both_numbers) {
  events.show(60);
  events.cut(40);
  EXPECT_EQ(refusal(), "");
  events.cut(41);
  EXPECT_NE(refusal().find("begins at 41, beyond the state's checkpoint 40"), std::string::npos);
}

TEST_F(refused_log, a_state_that_was_never_begun_is_no_reason_to_skip_the_head) {
  events.cut(1);
  memory_state_store fresh(1);
  life second(events, fresh);
  EXPECT_NE(second.worker.check_against_log().error().text.find(
                "begins at 1, beyond the state's checkpoint 0"),
            std::string::npos);
}

TEST_F(refused_log, views_that_need_what_was_cut_are_no_reason_to_refuse_it) {
  memory_state_store bare(1);
  {
    life first(events, bare, false);
    first.run();
    first.commit();
  }
  events.cut(20);
  events.show(60);
  life second(events, bare);
  ASSERT_TRUE(second.worker.check_against_log().has_value());
  second.run();
  const fold_status status = second.worker.status();
  EXPECT_EQ(status.position.value, 60U);
  EXPECT_EQ(status.stopped, "");
  std::string all;
  for (const auto& view : all_views()) {
    all.append(all.empty() ? "" : ", ").append(view.name).append(" from offset 0");
  }
  EXPECT_EQ(status.views_stopped, "the log begins at 20, so these views cannot come up: " + all);
  for (const view_status& view : status.views) EXPECT_FALSE(view.level) << view.name;
}

TEST(worker, publishes_every_record_once_in_order_with_its_verdict) {
  scripted_log events(script(9));
  events.records_per_read = 100;
  memory_state_store store(1), other(1);
  std::vector<decided_batch_ptr> published;
  const partition_worker::subscribers subscribers = {
      [&](const decided_batch_ptr& b) { published.push_back(b); }};
  partition_worker worker(events, store, {p0, {}}, subscribers);
  events.show(events.size());
  while (worker.step(1 << 20)) {
  }
  fold_state state(other.partition(p0), p0);
  std::size_t at = 0;
  for (const decided_batch_ptr& batch : published) {
    EXPECT_EQ(batch->begin.value, at);
    for (std::size_t i = 0; i < batch->events.size(); ++i, ++at) {
      const record_view record = (*batch->records)[i];
      const auto decoded = decode(record.value);
      EXPECT_EQ(batch->events[i].at.value, at);
      EXPECT_EQ(batch->events[i].append_time, record.append_time);
      EXPECT_EQ(batch->events[i].decision, decide(state, record, decoded ? &*decoded : nullptr));
      if (decoded) {
        EXPECT_EQ(batch->events[i].ev, *decoded);
      }
    }
    EXPECT_EQ(batch->end.value, at);
  }
  EXPECT_EQ(at, events.size());
  const fold_status s = worker.status();
  EXPECT_GT(s.accepted, 0U);
  EXPECT_GT(s.duplicates, 0U);
  EXPECT_GT(s.rejected, 0U);
}

TEST(worker, a_subscriber_finds_the_state_as_new_as_its_batch) {
  scripted_log events(script(9));
  events.records_per_read = 20;
  memory_state_store store(1);
  partition_worker* self = nullptr;
  int looked = 0;
  const partition_worker::subscribers subscribers = {[&](const decided_batch_ptr& b) {
    for (const decided_event& d : b->events) {
      if (d.decision.kind != verdict_kind::accepted) continue;
      const auto there = self->ask([&](fold_state& fold) {
        const auto* in = fold.find_room(d.ev.room);
        return in && fold.find_command(in->value.id, d.ev.actor, d.ev.cid).has_value();
      });
      EXPECT_TRUE(there.value());
      ++looked;
    }
  }};
  partition_worker worker(events, store, {p0, all_views()}, subscribers);
  self = &worker;
  events.show(events.size());
  while (worker.step(1 << 20)) {
  }
  EXPECT_GT(looked, 10);
}

}  // namespace
}  // namespace roomlog::testing
