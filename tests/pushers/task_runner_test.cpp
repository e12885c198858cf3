// The order in which tasks run, and which do not run: on one thread, and by hand.
#include "pushers/task_threads.h"

#include <gtest/gtest.h>

#include <future>

#include "pushers/manual_tasks.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct task_threads_test : ::testing::Test {
  // The thread is busy until go(); what is asked for meanwhile waits.
  task_threads_test() {
    std::promise<void> begun;
    readers.post({task_bound::user, "t/busy", [&] {
                    begun.set_value();
                    free.get_future().wait();
                  }});
    begun.get_future().wait();
  }
  bool ask(const std::string& user, const std::string& name, task_bound kind = task_bound::user) {
    return readers.post({kind, user, [this, name] { order += name; }});
  }
  // What ran, in order.
  std::string run_all() {
    std::promise<void> over;
    free.set_value();
    EXPECT_TRUE(eventually([&] { return readers.stats().waiting == 0; }));
    readers.post({task_bound::user, "t/last", [&] { over.set_value(); }});
    over.get_future().wait();
    return order;
  }

  manual_clock_source clock;
  std::promise<void> free;
  std::string order;
  task_threads readers{1, clock, 6};
};

TEST_F(task_threads_test, those_who_catch_up_and_those_who_ask_take_turns) {
  for (int i = 0; i < 4; ++i) ask("t/ann", "q");
  for (int i = 0; i < 2; ++i) ask("t/ann", "d", task_bound::none);
  EXPECT_EQ(readers.stats().waiting, 6u);
  EXPECT_EQ(run_all(), "dqdqqq");
}

TEST_F(task_threads_test, users_take_turns_however_many_reads_one_has) {
  for (int i = 0; i < 5; ++i) ask("t/ann", "a");
  ask("t/bob", "b");
  ask("u/ann", "c");
  ask("t/bob", "b");
  EXPECT_EQ(run_all(), "abcabaaa");
}

TEST_F(task_threads_test, users_who_catch_up_take_turns_too) {
  for (int i = 0; i < 8; ++i) ask("t/ann", "a", task_bound::none);
  ask("t/bob", "b", task_bound::none);
  EXPECT_EQ(run_all(), "abaaaaaaa");
}

TEST_F(task_threads_test, a_user_has_a_bounded_number_of_queries_waiting) {
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(ask("t/ann", "a"));
  EXPECT_FALSE(ask("t/ann", "a"));
  EXPECT_TRUE(ask("t/bob", "b"));
  EXPECT_EQ(readers.stats().refused, 1u);
  EXPECT_EQ(run_all(), "abaaaaa");
}

TEST_F(task_threads_test, what_is_past_its_deadline_or_whose_asker_is_gone_is_not_begun) {
  auto gone = std::make_shared<std::atomic<bool>>(false);
  readers.post({task_bound::user, "t/ann", [this] { order += 'x'; },
                std::chrono::microseconds::max(), gone});
  readers.post({task_bound::user, "t/ann", [this] { order += 'y'; }, clock.steady() + 5s});
  readers.post({task_bound::user, "t/ann", [this] { order += 'z'; }, clock.steady() + 6s});
  *gone = true;
  clock.advance(5s);
  EXPECT_EQ(run_all(), "z");
  EXPECT_EQ(readers.stats().dropped, 2u);
}

TEST_F(task_threads_test, what_waits_at_the_end_is_dropped) {
  ask("t/ann", "a");
  ask("t/ann", "d", task_bound::none);
  std::thread stopper([this] { readers.stop(); });
  EXPECT_TRUE(eventually([&] { return readers.stats().waiting == 0; }));
  free.set_value();  // the one thread had been held until then
  stopper.join();
  EXPECT_EQ(order, "");
  EXPECT_TRUE(ask("t/ann", "a")) << "dropped, and nobody is told that it is too many";
}

// A read that has begun is not interrupted, so the others keep threads of their own.
TEST(task_threads, a_user_runs_queries_on_half_the_threads_at_most) {
  manual_clock_source clock;
  std::promise<void> over;
  const auto end = over.get_future().share();
  std::atomic<int> running = 0, deliveries = 0;
  std::promise<void> bobs, bobs_next, anns_third;
  task_threads readers(4, clock, 100);
  const auto hold = [&] { ++running, end.wait(); };
  readers.post({task_bound::user, "t/ann", hold});
  readers.post({task_bound::user, "t/ann", hold});
  readers.post({task_bound::user, "t/ann", [&] { anns_third.set_value(); }});
  readers.post({task_bound::user, "t/bob", [&] { bobs.set_value(); }});
  readers.post({task_bound::none, "t/ann", [&] { ++deliveries; }});
  bobs.get_future().wait();
  EXPECT_TRUE(eventually([&] { return running == 2 && deliveries == 1; }));
  readers.post({task_bound::user, "t/bob", [&] { bobs_next.set_value(); }});
  bobs_next.get_future().wait();  // ann's turn was before it
  auto third = anns_third.get_future();
  EXPECT_EQ(readers.stats().waiting, 1u) << "two threads are free";
  over.set_value();
  third.wait();
}

// A simulation has no threads: it says when a task runs, and time is what it says.
TEST(manual_tasks, run_when_they_are_told_in_the_order_of_the_threads) {
  manual_clock_source clock;
  manual_tasks tasks(clock, {2, 1});
  std::string order;
  const auto ask = [&](const std::string& user, const std::string& name,
                       task_bound bound = task_bound::user) {
    return tasks.post({bound, user, [&order, name] { order += name; }, clock.steady() + 5s});
  };
  EXPECT_TRUE(ask("t/ann", "a"));
  EXPECT_TRUE(ask("t/ann", "b"));
  EXPECT_FALSE(ask("t/ann", "c")) << "two may wait";
  EXPECT_TRUE(ask("t/bob", "d"));
  EXPECT_TRUE(ask("t/ann", "e", task_bound::none));
  EXPECT_EQ(order, "") << "never from within the call";
  EXPECT_TRUE(tasks.run_one());
  EXPECT_EQ(order, "e");
  EXPECT_EQ(tasks.stats().waiting, 3u);
  tasks.run_all();
  EXPECT_EQ(order, "eadb");
  EXPECT_FALSE(tasks.run_one());
  EXPECT_TRUE(ask("t/ann", "f"));
  clock.advance(5s);
  tasks.run_all();
  EXPECT_EQ(order, "eadb") << "past its deadline";
  EXPECT_EQ(tasks.stats().dropped, 1u);
  EXPECT_EQ(tasks.stats().refused, 1u);
}

}  // namespace
}  // namespace roomlog::testing
