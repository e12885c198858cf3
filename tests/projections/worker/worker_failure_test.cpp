// The worker on a state store that fails: nothing is decided or published twice, what is in the log
// gets its verdict, and what may pass ends nothing for good.
#include <gtest/gtest.h>

#include <cerrno>
#include <future>

#include "projections/queries/view_history.h"
#include "projections/store/memory_state_store.h"
#include "projections/worker/fold_service.h"
#include "projections/worker/offline_fold.h"
#include "projections/worker/partition_worker.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/store/failing_store.h"
#include "tests/projections/store/store_dump.h"
#include "tests/projections/worker/scripted_log.h"
#include "tests/projections/worker/service_rig.h"

namespace roomlog::testing {
namespace {

std::vector<generated_record> script(std::uint64_t seed, std::size_t count) {
  std::vector<generated_record> records;
  for (std::uint64_t s = 1000 * seed; records.size() < count - 1; ++s) {
    records = generated_records(3 * count)(rc::Random(s), 100).value();
  }
  records.resize(count - 1);
  records.insert(records.begin(),
                 {encode(control_record(log_descriptor{"abc123", 1, 1})), records[0].append_time});
  return records;
}

// Ann makes a room and speaks in it.
std::vector<generated_record> one_room(std::size_t count, const std::string& text) {
  std::vector<generated_record> records = {
      {encode(control_record(log_descriptor{"abc123", 1, 1})), timestamp{1}},
      {encode(fence("g", 1, 7)), timestamp{2}}};
  const auto put = [&](event e) {
    e.append = {"g", 1, 7, records.size() - 1};
    records.push_back({encode(e), timestamp{static_cast<std::int64_t>(records.size()) + 1}});
  };
  put(creates("ann", "c"));
  while (records.size() < count) put(says("ann", keep("c" + std::to_string(records.size())), text));
  return records;
}

store_dump fold_in_one_go(scripted_log& events) {
  memory_state_store store(1);
  EXPECT_TRUE(fold_offline(events, store, {.partition = p0, .views = all_views()}));
  return dump_of(store);
}

struct failing_worker : failing_store {
  failing_worker() { events.show(events.size()); }
  void begin() {
    worker.reset();
    open();
    worker = std::make_unique<partition_worker>(events, *store, worker_setup{p0, all_views()},
                                                subscribers);
  }
  // As the fold's thread does.
  void commit_staged() {
    if (!worker->wants_commit()) return;
    worker->stage();
    const auto done = store->commit(std::span(&p0, 1));
    if (done) {
      worker->on_committed();
    } else {
      worker->on_commit_failed(done.error());
    }
  }
  void run() {
    while (worker->step(1 << 20)) {
    }
  }
  // Every record was published once, in order.
  void expect_published_up_to(std::size_t end) {
    std::size_t next = 0;
    for (const decided_batch_ptr& batch : published) {
      EXPECT_EQ(batch->begin.value, next);
      for (const decided_event& d : batch->events) EXPECT_EQ(d.at.value, next++);
    }
    EXPECT_EQ(next, end);
  }
  ~failing_worker() override { worker.reset(); }

  scripted_log events{script(3, 160)};
  std::vector<decided_batch_ptr> published;
  const partition_worker::subscribers subscribers = {
      [this](const decided_batch_ptr& batch) { published.push_back(batch); }};
  std::unique_ptr<partition_worker> worker;
};

TEST_F(failing_worker, decides_what_is_in_the_log_while_the_disk_is_full_and_commits_it_later) {
  begin();
  events.records_per_read = 40;
  ASSERT_TRUE(worker->step(1 << 20));
  commit_staged();
  EXPECT_TRUE(worker->can_decide());
  disk.fill();
  ASSERT_TRUE(worker->step(1 << 20));
  commit_staged();
  EXPECT_FALSE(worker->can_decide()) << "no new commands";
  EXPECT_EQ(worker->status().stopped, "");
  EXPECT_NE(worker->status().unsaved.find("No space left"), std::string::npos);
  EXPECT_TRUE(worker->wants_retry());
  EXPECT_TRUE(worker->wait_committed(std::chrono::milliseconds(0)).has_value());
  run();
  commit_staged();
  EXPECT_EQ(worker->position().value, events.size()) << "what is in the log has its verdict";
  EXPECT_EQ(worker->status().committed.value, events.size()) << "and is seen by readers";
  EXPECT_EQ(dump_of(*store), fold_in_one_go(events));
  disk.free_space();
  EXPECT_TRUE(eventually([this] {
    commit_staged();
    return worker->can_decide();
  }));
  EXPECT_EQ(worker->status().unsaved, "");
  EXPECT_FALSE(worker->wants_retry());
  EXPECT_FALSE(worker->wants_commit());
  expect_published_up_to(events.size());
  begin();
  run();
  expect_published_up_to(events.size());
  EXPECT_EQ(dump_of(*store), fold_in_one_go(events));
}

TEST_F(failing_worker, leaves_in_the_log_what_is_more_than_it_may_keep) {
  const auto records = one_room(3'000, std::string(15'000, 'x'));
  scripted_log large(records);
  large.show(10);
  begin();
  worker =
      std::make_unique<partition_worker>(large, *store, worker_setup{p0, all_views()}, subscribers);
  run();
  disk.fill();
  commit_staged();
  large.show(large.size());
  run();
  EXPECT_LT(worker->position().value, 1'300U);
  EXPECT_GT(worker->position().value, 900U);
  commit_staged();
  EXPECT_FALSE(worker->step(1 << 20));
  disk.free_space();
  EXPECT_TRUE(eventually([this] {
    commit_staged();
    return worker->can_decide();
  }));
  run();
  EXPECT_EQ(worker->position().value, large.size());
  expect_published_up_to(large.size());
}

TEST_F(failing_worker, on_a_broken_disk_stops_and_what_was_decided_stays_readable) {
  begin();
  disk.break_writes();
  run();
  std::string answer;
  worker->when_folded(next(offset{events.size()}),
                      [&](const result<>& r) { answer = r ? "done" : to_string(r.error().code); });
  commit_staged();
  EXPECT_EQ(answer, "closed");
  EXPECT_NE(worker->status().stopped.find("cannot be written"), std::string::npos);
  EXPECT_FALSE(worker->can_decide());
  EXPECT_FALSE(worker->wants_commit());
  EXPECT_FALSE(worker->wants_retry());
  EXPECT_TRUE(worker->wait_committed(std::chrono::milliseconds(0)).has_value());
  EXPECT_EQ(dump_of(*store), fold_in_one_go(events));
}

// A fold that fails at each of its reads in turn, within records too.
TEST_F(failing_worker, begins_again_after_any_read_that_failed_for_a_while) {
  const auto whole = fold_in_one_go(events);
  events.records_per_read = 20;
  events.show(80);
  begin();
  run();
  commit_staged();
  worker.reset();
  ASSERT_TRUE(store->flush().has_value());
  events.show(events.size());
  int failures = 0;
  for (int n = 0;; ++n) {
    const temporary_directory copy;
    std::filesystem::copy(dir.path(), copy.path(), std::filesystem::copy_options::recursive);
    auto opened = open_rocks_state_store(copy.path(), {1, "abc123", 0, disk.env()});
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    published.clear();
    partition_worker one(events, **opened, worker_setup{p0, all_views()}, subscribers);
    disk.fail_reads(n, n % 2 == 0 ? EMFILE : ENOMEM);
    while (one.step(1 << 20)) {
    }
    const bool failed = one.wants_retry();
    if (failed) {
      ++failures;
      EXPECT_FALSE(one.can_decide());
      EXPECT_FALSE(one.wants_commit()) << "never half of a record";
      EXPECT_EQ(one.status().stopped, "");
      EXPECT_FALSE(one.step(1 << 20)) << "still without";
    }
    disk.mend_reads();
    while (one.step(1 << 20)) {
    }
    EXPECT_TRUE(one.can_decide()) << one.status().unsaved;
    EXPECT_FALSE(one.wants_retry());
    std::size_t next = 80;
    for (const decided_batch_ptr& batch : published) {
      for (const decided_event& d : batch->events) EXPECT_EQ(d.at.value, next++);
    }
    EXPECT_EQ(next, events.size()) << "each published once";
    one.stage();
    ASSERT_TRUE((*opened)->commit(std::span(&p0, 1)).has_value());
    EXPECT_EQ(dump_of(**opened), whole) << "after read " << n;
    if (!failed) break;
  }
  EXPECT_GT(failures, 3);
}

// Readers decode records too, and a fold that has nothing to do stages nothing.
TEST_F(failing_worker, what_readers_decode_is_bounded) {
  scripted_log room(one_room(10, "hello"));
  room.show(room.size());
  begin();
  const auto start = [&] {
    worker = std::make_unique<partition_worker>(room, *store, worker_setup{p0, all_views()},
                                                subscribers);
  };
  start();
  run();
  commit_staged();
  start();  // with nothing decoded
  int wakes = 0;
  worker->set_wake([&] { ++wakes; });
  const auto front = [this] {
    return worker->ask([](fold_state& fold) { return fold.front_bytes(); }).value();
  };
  const std::size_t nothing = front();
  EXPECT_TRUE(
      worker->ask([](fold_state& fold) { return fold.find_room(open_room) != nullptr; }).value());
  EXPECT_GT(front(), nothing + 100);
  EXPECT_EQ(wakes, 0);
  worker->set_front_bytes_max(nothing / 2 + 10);
  EXPECT_GT(front(), nothing);
  (void)front();
  EXPECT_EQ(wakes, 1) << "the fold is woken once";
  EXPECT_FALSE(worker->step(1 << 20));
  EXPECT_EQ(front(), nothing);
}

TEST_F(failing_worker, a_reader_without_descriptors_stops_nothing) {
  begin();
  run();
  commit_staged();
  const auto ask = [this] {
    return worker->ask([](fold_state&) -> std::uint64_t {
      throw store_error("Too many open files", store_error::lasts::no);
    });
  };
  worker->give_up_questions(std::chrono::seconds(10), std::chrono::seconds(5));
  EXPECT_EQ(ask().error().code, errc::unavailable) << "no answer";
  EXPECT_EQ(worker->status().stopped, "");
  EXPECT_EQ(worker->status().unsaved, "Too many open files");
  EXPECT_FALSE(worker->can_decide()) << "its answer is no answer";
  worker->give_up_questions(std::chrono::milliseconds(10'999), std::chrono::seconds(5));
  EXPECT_FALSE(worker->can_decide());
  worker->give_up_questions(std::chrono::seconds(11), std::chrono::seconds(5));
  EXPECT_TRUE(worker->can_decide());
  EXPECT_EQ(worker->status().unsaved, "");
}

TEST_F(failing_worker, who_waits_for_a_commit_is_told_at_once_that_none_will_come) {
  begin();
  ASSERT_TRUE(worker->step(1 << 20));
  auto waits = std::async(std::launch::async,
                          [this] { return worker->wait_committed(std::chrono::seconds(60)); });
  ASSERT_TRUE(eventually([this] { return worker->commit_awaited(); }));
  worker->abandon("a checksum does not match");
  ASSERT_EQ(waits.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(waits.get().error().code, errc::unavailable);
}

// ---- a whole service ----

TEST(failing_service, goes_on_by_itself_when_space_returns_and_ends_at_once_without) {
  failing_disk disk;
  service_rig rig({log_engine::memory, state_engine::rocks}, 1);
  rig.end();
  rig.options.state_env = disk.env();
  rig.start();
  const auto entries = [&] { return rig.history().page(open_room, {})->entries.size(); };
  rig.take(creates("ann", "c1"));
  EXPECT_EQ(entries(), 1U);
  disk.fill();
  EXPECT_EQ(rig.take(says("ann", "c2")).kind, verdict_kind::accepted) << "it is in the log";
  EXPECT_TRUE(eventually([&] { return !rig.lookup().can_decide(p0); }));
  EXPECT_EQ(entries(), 2U);
  EXPECT_NE(rig.service().status()[0].unsaved, "");
  EXPECT_EQ(rig.service().status()[0].stopped, "");
  disk.free_space();
  EXPECT_TRUE(eventually([&] { return rig.lookup().can_decide(p0); })) << "without a record";
  disk.fill();
  EXPECT_EQ(rig.take(says("ann", "c3")).seq, seq_no{3});
  EXPECT_TRUE(eventually([&] { return !rig.lookup().can_decide(p0); }));
  const auto begun = std::chrono::steady_clock::now();
  rig.end();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  disk.free_space();
  rig.start();
  rig.settle();
  EXPECT_EQ(entries(), 3U);
  EXPECT_EQ(rig.take(says("ann", "c3")).kind, verdict_kind::duplicate);
}

}  // namespace
}  // namespace roomlog::testing
