// A log or a store that is damaged, fails or does not answer, under one worker.
#include <gtest/gtest.h>

#include <thread>

#include "projections/store/memory_state_store.h"
#include "projections/worker/fold_service.h"
#include "tests/projections/worker/scripted_life.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

TEST(damage, a_read_error_stops_the_partition_and_keeps_what_was_decided) {
  scripted_log events(script(6));
  events.damaged_at = 30;
  memory_state_store store(1);
  life one(events, store);
  events.show(events.size());
  one.run();
  one.commit();
  const fold_status status = one.worker.status();
  EXPECT_EQ(status.stopped, "checksum fails at offset 30");
  EXPECT_EQ(status.position.value, 30U);
  EXPECT_EQ(status.committed.value, 30U);
  EXPECT_FALSE(one.worker.step(1 << 20));
}

TEST(damage, a_log_that_has_failed_is_read_at_its_end_too) {
  scripted_log events(script(6));
  memory_state_store store(1);
  life one(events, store);
  events.show(30);
  one.run();
  events.damaged_at = 30;
  EXPECT_FALSE(one.worker.step(1 << 20));
  EXPECT_EQ(one.worker.status().stopped, "");
  events.failed = "the topic was cut off";
  EXPECT_FALSE(one.worker.step(1 << 20));
  EXPECT_EQ(one.worker.status().stopped, "checksum fails at offset 30");
}

TEST(silence, a_log_that_does_not_answer_is_asked_again_and_said_to_be_waited_for) {
  scripted_log events(script(6));
  memory_state_store store(1);
  life one(events, store);
  events.show(30);
  events.silent = true;
  EXPECT_FALSE(one.worker.step(1 << 20));
  EXPECT_TRUE(one.worker.wants_retry());
  EXPECT_EQ(one.worker.status().waiting, "no broker gives the record");
  EXPECT_EQ(one.worker.status().stopped, "");
  events.silent = false;
  EXPECT_TRUE(one.worker.step(1 << 20));
  EXPECT_FALSE(one.worker.wants_retry());
  EXPECT_EQ(one.worker.status().waiting, "");
  EXPECT_EQ(one.worker.status().position.value, 30U);
}

TEST(silence, the_fold_goes_on_by_itself_once_the_log_answers) {
  scripted_log events(script(6));
  const auto service = make_memory_fold_service(events, {});
  events.silent = true;
  events.show(30);
  service->start();
  while (service->status()[0].waiting.empty()) std::this_thread::yield();
  events.silent = false;  // and nobody tells
  while (service->status()[0].position.value < 30) std::this_thread::yield();
  EXPECT_EQ(service->status()[0].waiting, "");
  service->stop();
}

TEST(damage, an_unknown_critical_body_stops_right_before_it_also_after_a_restart) {
  auto records = script(6);
  event strange = says("ann", "c1");
  strange.facts = unknown_body{77};
  records[25].value = encode(strange);
  scripted_log events(records);
  memory_state_store store(1);
  events.show(events.size());
  for (int start = 0; start < 2; ++start) {
    std::vector<decided_batch_ptr> published;
    const partition_worker::subscribers subscribers = {
        [&](const decided_batch_ptr& b) { published.push_back(b); }};
    partition_worker worker(events, store, {p0, all_views()}, subscribers);
    while (worker.step(1 << 20)) {
    }
    worker.stage();
    ASSERT_TRUE(store.commit(std::span(&p0, 1)).has_value());
    worker.on_committed();
    EXPECT_NE(worker.status().stopped.find("offset 25"), std::string::npos);
    EXPECT_EQ(worker.status().committed.value, 25U);
    ASSERT_EQ(published.size(), start == 0 ? 1U : 0U);
    if (start == 0) {
      EXPECT_EQ(published[0]->end, offset{25});
      EXPECT_EQ(published[0]->events.size(), 25U);
    }
  }
}

TEST(damage, who_waits_for_a_stopped_fold_is_told) {
  scripted_log events(script(6));
  events.damaged_at = 30;
  memory_state_store store(1);
  life one(events, store);
  std::vector<std::string> answers;
  const auto note = [&](const result<>& r) {
    answers.push_back(r ? "done" : to_string(r.error().code));
  };
  one.worker.when_folded(offset{0}, note);
  one.worker.when_folded(offset{30}, note);
  one.worker.when_folded(offset{31}, note);
  EXPECT_EQ(answers, std::vector<std::string>({"done"}));
  events.show(events.size());
  one.run();
  EXPECT_EQ(answers, std::vector<std::string>({"done", "done", "closed"}));
  one.worker.when_folded(offset{31}, note);
  one.worker.when_folded(offset{30}, note);
  EXPECT_EQ(answers, std::vector<std::string>({"done", "done", "closed", "closed", "done"}));
}

TEST(damage, a_store_that_fails_under_a_reader_ends_the_wait_of_others) {
  scripted_log events(script(6));
  memory_state_store store(1);
  life one(events, store);
  std::vector<std::string> answers;
  int wakes = 0;
  one.worker.set_wake([&] { ++wakes; });
  one.worker.when_folded(offset{30}, [&](const result<>& r) {
    answers.push_back(r ? "done" : to_string(r.error().code));
  });
  const auto head = one.worker.ask(
      [](fold_state&) -> std::uint64_t { throw store_error("a checksum does not match"); });
  EXPECT_EQ(head.error().code, errc::unavailable);
  EXPECT_EQ(one.worker.status().stopped, "a checksum does not match");
  EXPECT_EQ(wakes, 1);
  EXPECT_TRUE(answers.empty()) << "not on the reader's thread";
  events.show(events.size());
  EXPECT_FALSE(one.worker.step(1 << 20));
  EXPECT_EQ(answers, std::vector<std::string>({"closed"}));
}

}  // namespace
}  // namespace roomlog::testing
