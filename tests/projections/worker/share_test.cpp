// Services that fold a share of the partitions, and several services on one log.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "log/partitioner.h"
#include "tests/projections/worker/service_rig.h"
#include "tests/testing/eventually.h"
#include "tests/testing/log_share.h"

namespace roomlog::testing {
namespace {

constexpr std::uint32_t partitions = 4;

// A room of each partition.
std::string room_in(partition_id wanted) {
  for (int i = 0;; ++i) {
    std::string room = "t/room-" + std::to_string(i);
    if (partition_of(room, partitions) == wanted) return room;
  }
}

result<> wait_level(fold_lookup& fold, partition_id partition) {
  std::promise<result<>> level;
  fold.when_level(partition, [&](result<> r) { level.set_value(std::move(r)); });
  return level.get_future().get();
}

class share_test : public ::testing::Test {
 protected:
  share_test() : rig_({}, partitions) {
    for (std::uint32_t p = 0; p < partitions; ++p) {
      rooms_.push_back(room_in(partition_id{p}));
      EXPECT_EQ(rig_.take(creates("ann", "c", keep(rooms_.back()))).kind, verdict_kind::accepted);
    }
  }
  std::unique_ptr<fold_service> fold_share(std::vector<partition_id> share,
                                           std::vector<view_entry> views = all_views()) {
    fold_service_options options;
    options.views = std::move(views);
    options.cache_bytes = 8 << 20;
    options.partitions = std::move(share);
    auto opened = open_fold_service(rig_.events(), dir_.path(), options);
    EXPECT_TRUE(opened) << opened.error().text;
    (*opened)->start();
    return std::move(*opened);
  }
  // A process that folds and commits what there is.
  void fold_what_there_is(std::vector<view_entry> views = all_views()) {
    const auto service = fold_share({}, std::move(views));
    for (std::uint32_t p = 0; p < partitions; ++p) {
      EXPECT_TRUE(wait_level(service->lookup(), partition_id{p}));
    }
    service->stop();
  }

  service_rig rig_;
  temporary_directory dir_;
  std::vector<std::string> rooms_;
};

TEST_F(share_test, a_share_folds_its_partitions_and_knows_of_no_other) {
  const auto service = fold_share({partition_id{1}, partition_id{3}});
  fold_lookup& fold = service->lookup();
  for (std::uint32_t p = 0; p < partitions; ++p) {
    const bool own = p == 1 || p == 3;
    EXPECT_EQ(fold.folds(partition_id{p}), own);
    EXPECT_EQ(wait_level(fold, partition_id{p}).has_value(), own);
    EXPECT_EQ(fold.find_room(rooms_[p]).has_value(), own);
    EXPECT_EQ(fold.role_of(rooms_[p], "ann").value() == member_role::owner, own);
    EXPECT_EQ(fold.find_command(rooms_[p], "ann", "c").has_value(), own);
    EXPECT_EQ(fold.first_seq_after(rooms_[p], offset{0}).has_value(), own);
    EXPECT_EQ(fold.fence_counter(partition_id{p}, "gateway-1").value(), own ? 1u : 0u);
    EXPECT_EQ(fold.position(partition_id{p}).value != 0, own);
    EXPECT_EQ(service->history().page(rooms_[p], {}).has_value(), own);
    EXPECT_EQ(service->history().members(rooms_[p], {}).has_value(), own);
    EXPECT_EQ(service->history().title_of(rooms_[p]).has_value(), own);
  }
  const auto all = service->history().rooms_of("t", "ann", {});
  ASSERT_FALSE(all) << "a list of some rooms is a wrong list";
  EXPECT_EQ(all.error().code, errc::invalid);
  ASSERT_EQ(service->status().size(), 2u);
  EXPECT_EQ(service->status()[1].partition, partition_id{3});
  service->stop();
}

TEST_F(share_test, a_share_that_changes_goes_on_where_each_partition_stood) {
  fold_share({partition_id{0}, partition_id{1}})->stop();
  EXPECT_EQ(rig_.take(says("ann", "m", "hi", keep(rooms_[0]))).seq, seq_no{2});
  EXPECT_EQ(rig_.take(says("ann", "m", "hi", keep(rooms_[2]))).seq, seq_no{2});
  const auto service = fold_share({partition_id{0}, partition_id{2}});
  for (const std::uint32_t p : {0, 2}) {
    ASSERT_TRUE(wait_level(service->lookup(), partition_id{p}));
    EXPECT_EQ(service->lookup().find_room(rooms_[p])->head, seq_no{2}) << p;
  }
  service->stop();
}

TEST_F(share_test, a_service_that_lags_delays_no_other_and_catches_up_alone) {
  log_share one(rig_.events()), other(rig_.events());
  const auto quick = make_memory_fold_service(one, {}), slow = make_memory_fold_service(other, {});
  quick->start();
  slow->start();
  const auto p = partition_id{0};
  ASSERT_TRUE(wait_level(slow->lookup(), p));
  other.hold();
  for (int i = 0; i < 20; ++i) {
    (void)rig_.take(says("ann", keep("m" + std::to_string(i)), "hi", keep(rooms_[0])));
  }
  ASSERT_TRUE(wait_level(quick->lookup(), p));
  EXPECT_EQ(quick->lookup().find_room(rooms_[0])->head, seq_no{21});
  EXPECT_EQ(slow->lookup().find_room(rooms_[0])->head, seq_no{1});
  EXPECT_EQ(slow->lookup().position(p), slow->lookup().log_end(p)) << "it does not know better";

  std::promise<result<>> level;
  slow->lookup().when_level(p, [&](result<> r) { level.set_value(std::move(r)); });
  auto reached = level.get_future();
  EXPECT_EQ(reached.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  other.release();
  ASSERT_TRUE(reached.get());
  EXPECT_EQ(slow->lookup().find_room(rooms_[0])->head, seq_no{21});
  quick->stop();
  slow->stop();
}

// A fold that stands still is asked again and again; what nobody waits for any more must not pile
// up.
TEST_F(share_test, questions_that_wait_too_long_are_given_up) {
  using namespace std::chrono_literals;
  const auto p = partition_id{0};
  log_share sight(rig_.events());
  const auto service = make_memory_fold_service(sight, {});  // wait_max is 5 s
  service->start();
  ASSERT_TRUE(wait_level(service->lookup(), p));
  sight.hold();
  (void)rig_.take(says("ann", "m", "hi", keep(rooms_[0])));
  std::vector<std::string> told;
  const auto ask = [&] {
    service->lookup().when_level(
        p, [&](const result<>& r) { told.push_back(r ? "level" : to_string(r.error().code)); });
  };
  ask();
  service->tick(100s);
  ask();
  service->tick(102s);
  ask();
  service->tick(104'999ms);
  EXPECT_EQ(service->status()[0].questions, 3u);
  EXPECT_TRUE(told.empty());
  service->tick(105s);
  EXPECT_EQ(told, (std::vector<std::string>{"timeout", "timeout"}));
  service->tick(107s);
  EXPECT_EQ(told.size(), 3u);
  EXPECT_EQ(service->status()[0].questions, 0u);
  EXPECT_EQ(service->status()[0].given_up, 3u);
  sight.release();
  ASSERT_TRUE(wait_level(service->lookup(), p));
  service->stop();
}

TEST_F(share_test, a_log_that_does_not_tell_its_end_is_unavailable) {
  log_share sight(rig_.events());
  sight.answer_ends(false);
  const auto service = make_memory_fold_service(sight, {});
  service->start();
  const auto asked = wait_level(service->lookup(), partition_id{0});
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, errc::unavailable);
  service->stop();
}

// A gateway that starts while nobody leads partition 0 serves the others, and takes part in it when
// it opens, from where its state stands.
TEST_F(share_test, a_partition_that_opens_later_is_folded_from_its_checkpoint) {
  const auto p = partition_id{0};
  fold_what_there_is();
  for (int i = 0; i < 5; ++i) {
    (void)rig_.take(says("ann", keep("m" + std::to_string(i)), "hi", keep(rooms_[0])));
  }
  log_share sight(rig_.events());
  sight.close_partition(p);
  const auto service = std::move(*open_fold_service(sight, dir_.path(), {}));
  service->start();
  fold_lookup& fold = service->lookup();
  ASSERT_TRUE(wait_level(fold, partition_id{1}));
  EXPECT_EQ(fold.find_room(rooms_[0])->head, seq_no{1}) << "as it was";
  std::promise<result<>> level;
  fold.when_level(p, [&](result<> r) { level.set_value(std::move(r)); });
  auto reached = level.get_future();
  ASSERT_TRUE(eventually([&] { return !service->status()[0].waiting.empty(); }));
  EXPECT_EQ(reached.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  sight.open_partition(p);
  ASSERT_TRUE(reached.get());
  EXPECT_EQ(fold.find_room(rooms_[0])->head, seq_no{6});
  EXPECT_EQ(service->status()[0].waiting, "");
  service->stop();
}

// Nothing new is in it, and yet nobody may append before it was looked at.
TEST_F(share_test, the_fold_is_not_level_with_a_partition_before_that_opens) {
  const auto p = partition_id{0};
  fold_what_there_is();
  log_share sight(rig_.events());
  sight.close_partition(p);
  const auto service = std::move(*open_fold_service(sight, dir_.path(), {}));
  service->start();
  std::promise<result<>> level;
  service->lookup().when_level(p, [&](result<> r) { level.set_value(std::move(r)); });
  auto reached = level.get_future();
  ASSERT_TRUE(eventually([&] { return !service->status()[0].waiting.empty(); }));
  EXPECT_EQ(reached.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  sight.open_partition(p);
  EXPECT_TRUE(reached.get());
  service->stop();
}

TEST_F(share_test, a_partition_that_opens_later_and_is_another_one_is_stopped) {
  const auto p = partition_id{0};
  for (int i = 0; i < 5; ++i) {
    (void)rig_.take(says("ann", keep("m" + std::to_string(i)), "hi", keep(rooms_[0])));
  }
  fold_what_there_is();
  log_share sight(rig_.events());
  sight.hold();
  (void)rig_.take(says("ann", "more", "hi", keep(rooms_[0])));
  fold_what_there_is();  // another process' state, ahead of what is seen here
  sight.close_partition(p);
  const auto service = std::move(*open_fold_service(sight, dir_.path(), {}));
  service->start();
  sight.open_partition(p);
  ASSERT_TRUE(eventually([&] { return !service->status()[0].stopped.empty(); }));
  EXPECT_NE(service->status()[0].stopped.find("below the state's checkpoint"), std::string::npos);
  EXPECT_TRUE(wait_level(service->lookup(), partition_id{1}));
  service->stop();
}

// As at run time: it is named, its reads come from the log, and the partition is served.
TEST_F(share_test, a_view_that_cannot_come_up_neither_refuses_a_start_nor_stops_a_late_partition) {
  const partition_id early{1}, late{2};
  fold_what_there_is({});
  log_share sight(rig_.events());
  for (const auto p : {early, late}) sight.cut(p, rig_.events().bounds(p).end);
  sight.close_partition(late);
  fold_service_options options;
  options.views = all_views();
  auto service = open_fold_service(sight, dir_.path(), options);
  ASSERT_TRUE(service) << service.error().text;
  (*service)->start();
  sight.open_partition(late);
  for (const auto p : {early, late}) {
    const auto status = [&] { return (*service)->status()[p.value]; };
    ASSERT_TRUE(eventually([&] { return !status().views_stopped.empty(); }));
    EXPECT_NE(status().views_stopped.find("history from offset 0"), std::string::npos);
    EXPECT_EQ(status().stopped, "");
    EXPECT_TRUE((*service)->lookup().can_decide(p));
    EXPECT_EQ((*service)->lookup().find_room(rooms_[p.value])->head, seq_no{1});
  }
  EXPECT_TRUE(eventually([&] { return (*service)->status()[0].views[0].level; }));
  (*service)->stop();
}

// A read of a log that does not answer takes seconds, and a thread has many partitions.
TEST(fold_stop, does_not_wait_for_a_read_of_every_partition) {
  service_rig rig({}, 32);
  for (int room = 0; room < 100; ++room) {
    (void)rig.take(creates("ann", "c", keep("t/room-" + std::to_string(room))));
  }
  log_share slow(rig.events());
  std::promise<void> reading;
  std::atomic<bool> first{true};
  slow.before_read = [&] {
    if (first.exchange(false)) reading.set_value();
    while (slow.followers() != 0) std::this_thread::yield();  // until stop() has told the loops
  };
  const auto service = make_memory_fold_service(slow, fold_service_options{});
  service->start();
  reading.get_future().wait();
  service->stop();
  EXPECT_EQ(slow.reads(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
