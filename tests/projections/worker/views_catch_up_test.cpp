// Views that are new, dropped or of another version: they come up beside the running service, which
// decides, delivers and answers reads meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "log/memory_log.h"
#include "projections/store/memory_state_store.h"
#include "projections/store/rocks_state_store.h"
#include "projections/views/history_view.h"
#include "projections/views/rooms_view.h"
#include "projections/worker/fold_service.h"
#include "projections/worker/offline_fold.h"
#include "projections/worker/partition_worker.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/store/failing_disk.h"
#include "tests/projections/store/store_dump.h"
#include "tests/projections/worker/scripted_log.h"
#include "tests/projections/worker/sent_messages.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr int large = 200'000;
constexpr int rooms = 50;

std::string room_name(int i) {
  return "t/room-" + std::to_string(i % rooms);
}

// A log of one partition in memory. Its rooms belong to ann.
class filled_log {
 public:
  filled_log() {
    memory_log_options options;
    options.wanted = {1, "abc123"};
    options.codec = &descriptor_codec();
    options.append_queue_bytes_max = std::size_t{1} << 30;
    events_ = std::move(*open_memory_log(options));
    add(fence("gateway-1", 1, 77));
    for (int i = 0; i < rooms; ++i) append(creates("ann", "c", keep(room_name(i))));
    flush();
  }
  ~filled_log() { events_->close(); }

  void fill(int records) {
    for (int i = 0; i < records; ++i) {
      const std::string cid = "m" + std::to_string(i), room = room_name(i);
      if (i % 100 == 99) {
        append(edits("ann", cid, 2, "edited", room));
      } else {
        append(says("ann", cid, "text " + cid, room));
      }
    }
    flush();
  }
  void say(const std::string& cid, const std::string& room) {
    append(says("ann", cid, "text " + cid, room));
    flush();
  }
  log& events() { return *events_; }
  offset end() { return events_->bounds(p0).end; }

 private:
  void append(event e) {
    e.append = {"gateway-1", 1, 77, ++number_};
    add(e);
  }
  void add(const event& e) {
    waiting_.push_back({std::string(e.room), encode(e)});
    if (waiting_.size() == 1000) flush();
  }
  void flush() {
    if (waiting_.empty()) return;
    std::atomic<bool> done{false};
    ASSERT_TRUE(events_->append(p0, std::exchange(waiting_, {}),
                                [&](const append_result&) { done = true; }));
    while (!done) std::this_thread::yield();  // the log's own thread
  }

  std::unique_ptr<log> events_;
  std::vector<append_entry> waiting_;
  std::uint64_t number_ = 0;
};

// A service that is driven by hand, on a state that outlives it.
struct life {
  life(log& events, const std::filesystem::path& dir, std::vector<view_entry> views) {
    fold_service_options options;
    options.views = std::move(views);
    options.wait_max = std::chrono::hours(1);
    service = std::move(*open_fold_service(events, dir, options));
    service->subscribe([this](const decided_batch_ptr& batch) {
      for (const decided_event& d : batch->events) {
        delivered += d.decision.kind == verdict_kind::accepted ? 1 : 0;
      }
    });
  }
  ~life() { service->stop(); }
  void run() {
    while (service->step()) {
    }
  }
  bool is_level(std::string_view view) {
    const auto status = service->status()[0];
    return std::ranges::find(status.views, view, &view_status::name)->level;
  }
  std::unique_ptr<fold_service> service;
  int delivered = 0;
};

store_dump dump_in(const std::filesystem::path& dir) {
  const auto store = std::move(*open_rocks_state_store(dir, {1, "abc123", 8 << 20}));
  return dump_of(*store);
}

TEST(views_catch_up, a_start_with_one_more_view_of_a_long_log_delays_nothing) {
  filled_log events;
  events.fill(large);
  const temporary_directory dir, anew;
  {
    life before(events.events(), dir.path(), {});
    before.run();
    ASSERT_EQ(before.delivered, large + rooms);
  }
  const std::string room = room_name(7);
  {
    life now(events.events(), dir.path(), all_views());
    history_source& reads = now.service->history();
    EXPECT_EQ(now.service->lookup().position(p0), events.end()) << "ready";
    std::string last;
    int sent = 0, turns = 0;
    while (now.service->step()) {
      if (++turns % 100 != 0 || sent == 30) continue;
      events.say("new" + std::to_string(sent), room);
      ++sent;
      const int had = now.delivered;
      ASSERT_TRUE(now.service->step());
      ASSERT_EQ(now.delivered, had + 1) << "decided and delivered by the next step";
      ASSERT_FALSE(now.is_level("rooms")) << "all that while it comes up";
      history_query newest;
      newest.limit = 2;
      const auto page = reads.page(room, newest);
      ASSERT_TRUE(page) << page.error().text;
      EXPECT_TRUE(page->as_posted);
      ASSERT_EQ(page->entries.size(), 2U);
      EXPECT_EQ(page->entries.back().ev.cid, "new" + std::to_string(sent - 1));
      EXPECT_EQ(reads.members(room, {})->members.size(), 1U);
      EXPECT_EQ(reads.rooms_of("t", "ann", {}).error().code, errc::unavailable);
    }
    EXPECT_EQ(sent, 30);
    EXPECT_TRUE(now.is_level("rooms"));
    EXPECT_TRUE(now.is_level("history"));
    const auto page = reads.page(room, {});
    EXPECT_FALSE(page->as_posted);
    EXPECT_EQ(page->entries.back().ev.cid, "new29");
    const auto listed = reads.rooms_of("t", "ann", {});
    ASSERT_TRUE(listed) << listed.error().text;
    EXPECT_EQ(listed->rooms.size(), std::size_t{rooms});
  }
  {
    life whole(events.events(), anew.path(), all_views());
    whole.run();
  }
  EXPECT_EQ(dump_in(dir.path()), dump_in(anew.path())) << "a rebuild has the same bytes";
}

TEST(views_catch_up, one_view_comes_up_while_the_other_follows) {
  filled_log events;
  events.fill(3'000);
  const temporary_directory dir, anew;
  const auto history = std::vector{*find_view("history")};
  life(events.events(), dir.path(), history).run();
  {
    life now(events.events(), dir.path(), all_views());
    EXPECT_TRUE(now.is_level("history")) << "from the start";
    EXPECT_FALSE(now.is_level("rooms"));
    ASSERT_TRUE(now.service->step());
    events.say("new", room_name(1));
    ASSERT_TRUE(now.service->step());
    const auto page = now.service->history().page(room_name(1), {});
    EXPECT_FALSE(page->as_posted);
    EXPECT_EQ(page->entries.back().ev.cid, "new") << "it has seen the batch";
    now.run();
    EXPECT_TRUE(now.is_level("rooms"));
  }
  life(events.events(), anew.path(), all_views()).run();
  EXPECT_EQ(dump_in(dir.path()), dump_in(anew.path()));
}

TEST(views_catch_up, a_restart_half_way_goes_on_from_the_checkpoint) {
  filled_log events;
  events.fill(5'000);
  const temporary_directory dir, anew;
  life(events.events(), dir.path(), {}).run();
  offset half;
  {
    life first(events.events(), dir.path(), all_views());
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(first.service->step());
  }
  {
    life second(events.events(), dir.path(), all_views());
    half = second.service->status()[0].views[0].committed;
    EXPECT_GT(half.value, 500U);
    EXPECT_LT(half, events.end());
    second.run();
  }
  life(events.events(), anew.path(), all_views()).run();
  EXPECT_EQ(dump_in(dir.path()), dump_in(anew.path()));
}

TEST(views_catch_up, the_keys_of_a_dropped_view_are_removed_and_it_can_be_built_again) {
  filled_log events;
  events.fill(2'000);
  const temporary_directory dir;
  life(events.events(), dir.path(), all_views()).run();
  const store_dump whole = dump_in(dir.path());
  life(events.events(), dir.path(), {*find_view("history")}).run();
  const store_dump without = dump_in(dir.path());
  store_dump expected;
  std::ranges::copy_if(whole, std::back_inserter(expected), [](const auto& entry) {
    return std::ranges::none_of(all_views(), [&](const view_entry& view) {
      return view.id == view_of(entry.first) && view.name != "history";
    });
  });
  EXPECT_LT(expected.size(), whole.size());
  EXPECT_EQ(without, expected);
  life(events.events(), dir.path(), all_views()).run();
  EXPECT_EQ(dump_in(dir.path()), whole);
}

TEST(views_catch_up, another_version_is_built_and_the_old_ones_keys_are_removed) {
  filled_log events;
  events.fill(2'000);
  const temporary_directory dir;
  auto older = *find_view("rooms");
  older.version = static_cast<std::uint8_t>(older.version + 1);
  older.make = [](partition_store& store, fold_state& fold) -> std::unique_ptr<partition_view> {
    struct mark final : partition_view {
      mark(partition_store& s, fold_state& f)
          : partition_view(s, f, rooms_view_id, rooms_view_version + 1) {}
      void apply(room_id, const record_view&, const decided_event& d) override {
        store_.put(key('X').number(d.at.value), "x");
      }
    };
    return std::make_unique<mark>(store, fold);
  };
  life(events.events(), dir.path(), {*find_view("history"), older}).run();
  const temporary_directory anew;
  life(events.events(), dir.path(), all_views()).run();
  life(events.events(), anew.path(), all_views()).run();
  EXPECT_EQ(dump_in(dir.path()), dump_in(anew.path()));
}

TEST(views_catch_up, keys_that_cannot_be_removed_now_are_tried_again) {
  scripted_log events(messages(50));
  events.show(events.size());
  failing_disk disk;
  const temporary_directory dir;
  const auto open = [&] {
    rocks_state_store_options options{1, "abc123", 0};
    options.env = disk.env();
    return std::move(*open_rocks_state_store(dir.path() / "state", options));
  };
  ASSERT_TRUE(fold_offline(events, *open(), {.partition = p0, .views = all_views()}));
  const auto store = open();
  const partition_worker::subscribers nobody;
  const auto worker = std::make_shared<partition_worker>(
      events, *store, worker_setup{p0, {*find_view("history")}}, nobody);
  ASSERT_TRUE(worker->check_against_log());
  disk.fail_reads(0, EMFILE);
  EXPECT_FALSE(worker->follow());
  EXPECT_TRUE(worker->wants_retry());
  EXPECT_TRUE(worker->can_decide()) << "no record was touched";
  disk.mend_reads();
  EXPECT_TRUE(worker->follow());
  EXPECT_FALSE(worker->wants_retry());
}

// ---- one worker on a scripted log ----

struct scripted : ::testing::Test {
  scripted() : events(messages(1'000)) {
    events.records_per_read = 100;
    events.on_read = [this](offset from) { reads.push_back(from); };
  }
  void begin(std::vector<view_entry> views) {
    worker.reset();
    worker = std::make_unique<partition_worker>(events, store, worker_setup{p0, std::move(views)},
                                                nobody);
  }
  void run() {
    while (worker->step(1 << 20) || worker->follow()) {
    }
    commit();
  }
  void commit() {
    worker->stage();
    ASSERT_TRUE(store.commit(std::span(&p0, 1)));
    worker->on_committed();
  }
  scripted_log events;
  memory_state_store store{1};
  partition_worker::subscribers nobody;
  std::unique_ptr<partition_worker> worker;
  std::vector<offset> reads;
};

TEST_F(scripted, views_that_are_level_need_no_second_read_of_the_log) {
  begin(all_views());
  events.show(events.size());
  run();
  EXPECT_TRUE(worker->views().is_level(rooms_view_id));
  EXPECT_EQ(reads.size(), 10U);
  EXPECT_TRUE(std::ranges::is_sorted(reads));
}

TEST_F(scripted, a_log_that_has_lost_what_a_view_needs_stops_the_view_and_nothing_else) {
  events.show(900);
  begin({});
  run();
  begin(all_views());
  ASSERT_TRUE(worker->follow());
  events.records_per_read = 1;
  events.cut(500);
  while (worker->follow()) {
  }
  EXPECT_NE(
      worker->status().views_stopped.find("the log begins at 500, so these views cannot come up"),
      std::string::npos)
      << worker->status().views_stopped;
  EXPECT_EQ(worker->status().stopped, "");
  events.show(events.size());
  ASSERT_TRUE(worker->step(1 << 20));
  EXPECT_TRUE(worker->can_decide());
  EXPECT_FALSE(worker->views().is_level(rooms_view_id));
}

TEST_F(scripted, a_view_that_cannot_come_up_does_not_keep_the_other_from_it) {
  events.show(600);
  begin({*find_view("history")});
  run();
  events.show(900);
  begin({});
  while (
      worker->step(1 << 20)) {  // without a turn for views, which would remove the keys of history
  }
  commit();
  begin(all_views());
  events.cut(500);
  run();
  EXPECT_TRUE(worker->views().is_level(history_view_id));
  EXPECT_FALSE(worker->views().is_level(rooms_view_id));
  std::string others;
  for (const auto& view : all_views()) {
    if (view.name == "history") continue;
    others.append(others.empty() ? "" : ", ").append(view.name).append(" from offset 0");
  }
  EXPECT_EQ(worker->status().views_stopped,
            "the log begins at 500, so these views cannot come up: " + others);
}

TEST_F(scripted, a_log_that_does_not_answer_a_view_is_asked_again) {
  events.show(900);
  begin({});
  run();
  begin(all_views());
  events.silent = true;
  EXPECT_FALSE(worker->follow());
  EXPECT_TRUE(worker->wants_retry());
  EXPECT_EQ(worker->status().waiting, "") << "the fold waits for nothing";
  events.silent = false;
  run();
  EXPECT_FALSE(worker->wants_retry());
  EXPECT_TRUE(worker->views().is_level(rooms_view_id));
}

// A log that answers reads later, one position at a time: what is ready for another is dropped.
struct later_log final : log_wrapper {
  using log_wrapper::log_wrapper;
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id p, offset from,
                                                                   std::size_t bytes) override {
    asked.push_back(from);
    if (std::exchange(ready, std::nullopt) == from) return read(p, from, bytes);
    if (!under_way) under_way = from;
    return std::shared_ptr<const record_batch>();
  }
  void answer() { ready = std::exchange(under_way, std::nullopt); }
  std::optional<offset> under_way, ready;
  std::vector<offset> asked;
};

TEST_F(scripted, a_view_asks_for_nothing_while_the_fold_waits_for_its_read) {
  events.show(900);
  begin({});
  run();
  later_log later(events);
  worker = std::make_unique<partition_worker>(later, store, worker_setup{p0, all_views()}, nobody);
  events.show(events.size());
  EXPECT_FALSE(worker->step(1 << 20));
  EXPECT_FALSE(worker->follow());
  EXPECT_EQ(later.asked, std::vector{offset{900}});
  later.answer();
  EXPECT_FALSE(worker->follow()) << "the answer is the fold's";
  EXPECT_TRUE(worker->step(1 << 20));
  EXPECT_FALSE(worker->follow()) << "its own read is on its way";
  later.answer();
  EXPECT_TRUE(worker->follow());
}

TEST_F(scripted, a_view_reads_nothing_from_storage_while_the_fold_does_and_lags) {
  events.show(900);
  begin({});
  run();
  later_log later(events);
  worker = std::make_unique<partition_worker>(later, store, worker_setup{p0, all_views()}, nobody);
  ASSERT_FALSE(worker->follow());
  later.answer();
  ASSERT_TRUE(worker->follow()) << "64 of the 100 records that it has";
  events.records_per_read = 10;
  events.show(events.size());
  later.asked.clear();
  bool had_a_turn = false;
  while (worker->position().value < events.size()) {
    ASSERT_FALSE(worker->step(1 << 20));
    later.answer();
    ASSERT_TRUE(worker->step(1 << 20));
    if (worker->position().value == events.size()) break;
    const bool moved = worker->follow();
    EXPECT_FALSE(moved && had_a_turn);
    had_a_turn = had_a_turn || moved;
  }
  EXPECT_TRUE(had_a_turn) << "with the records that it has";
  EXPECT_GE(std::ranges::min(later.asked), offset{900});
  EXPECT_FALSE(worker->follow());
  EXPECT_EQ(later.asked.back(), offset{100}) << "nothing is left for the fold";
}

}  // namespace
}  // namespace roomlog::testing
