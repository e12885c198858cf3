// Timers in slots: each call comes at its time, wherever it was asked for.
#include "pushers/transport/timer_wheel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

class timed final : public loop_member {
 public:
  void flush() override {}
  void end() override {}
  void on_timer(std::chrono::microseconds now) override { called.push_back(now); }
  std::vector<std::chrono::microseconds> called;
};

TEST(timer_wheel, calls_at_the_earliest_time_that_was_asked_for_and_once) {
  timer_wheel wheel(100ms, 0s);
  const auto member = std::make_shared<timed>();
  wheel.add(*member, 5s);
  wheel.add(*member, 1s);
  wheel.add(*member, 3s);  // later than what is asked for: nothing new
  wheel.advance(999ms);
  EXPECT_TRUE(member->called.empty());
  wheel.advance(1100ms);
  EXPECT_EQ(member->called.size(), 1u);
  wheel.advance(10s);
  EXPECT_EQ(member->called.size(), 1u);
}

TEST(timer_wheel, keeps_times_beyond_its_slots_and_survives_a_jump) {
  timer_wheel wheel(100ms, 0s);
  const auto far = std::make_shared<timed>();
  const auto near = std::make_shared<timed>();
  wheel.add(*far, 600s);
  wheel.add(*near, 1s);
  wheel.advance(300s);
  EXPECT_EQ(near->called.size(), 1u);
  EXPECT_TRUE(far->called.empty());
  for (auto now = 300s; now < 600s; now += 1s) wheel.advance(now);
  EXPECT_TRUE(far->called.empty());
  wheel.advance(600s + 200ms);
  EXPECT_EQ(far->called.size(), 1u);
}

TEST(timer_wheel, forgets_members_that_are_gone) {
  timer_wheel wheel(100ms, 0s);
  auto member = std::make_shared<timed>();
  wheel.add(*member, 1s);
  member.reset();
  wheel.advance(2s);
}

TEST(timer_wheel, what_is_due_at_once_is_called_a_part_at_a_time_and_in_order) {
  timer_wheel wheel(100ms, 0s);
  std::vector<std::shared_ptr<timed>> members;
  for (int i = 0; i < 10; ++i) {
    members.push_back(std::make_shared<timed>());
    wheel.add(*members.back(), i < 6 ? 1s : 2s);
  }
  const auto called = [&] {
    std::string all;
    for (const auto& member : members) all += std::to_string(member->called.size());
    return all;
  };
  EXPECT_FALSE(wheel.advance(1100ms, 4));
  EXPECT_EQ(called(), "1111000000");
  EXPECT_FALSE(wheel.advance(2100ms, 4)) << "the rest of the slot comes first";
  EXPECT_EQ(called(), "1111111100");
  EXPECT_TRUE(wheel.advance(2100ms, 4));
  EXPECT_EQ(called(), "1111111111");
}

// Asks again for what it is told to, from within its call.
class asking final : public loop_member {
 public:
  explicit asking(timer_wheel& wheel) : wheel_(wheel) {}
  void flush() override {}
  void end() override {}
  void on_timer(microseconds now) override {
    early = early || wanted > now;
    wanted = microseconds::max();
    ++calls;
    if (next.empty()) return;
    const auto after = next.back();
    next.pop_back();
    ask(now, now + after);
  }
  void ask(microseconds now, microseconds due) {
    if (due < wanted) {
      wanted = due;
      latest = std::max(now, due);
    }
    wheel_.add(*this, due);
  }

  microseconds wanted = microseconds::max();
  microseconds latest{};           // the later one of the due time and the time of asking for it
  std::vector<microseconds> next;  // from the time of the call; below 0: in the past
  int calls = 0;
  bool early = false;  // called before anything was due

 private:
  timer_wheel& wheel_;
};

TEST(timer_wheel, a_time_in_the_past_that_a_call_asks_for_comes_with_the_next_slot) {
  timer_wheel wheel(100ms, 0s);
  const auto member = std::make_shared<asking>(wheel);
  member->next = {-1ms, -1s, 0ms};
  member->ask(0s, 50ms);
  for (int slot = 1; slot <= 4; ++slot) {
    wheel.advance(slot * 100ms);
    EXPECT_EQ(member->calls, slot);
  }
}

RC_GTEST_PROP(timer_wheel, calls_at_the_due_time_or_one_slot_later_whoever_asks_when, ()) {
  constexpr auto slot = 100ms;
  microseconds now = 7s + 3us;
  timer_wheel wheel(slot, now);
  std::vector<std::shared_ptr<asking>> members;
  for (int i = 0; i < 3; ++i) members.push_back(std::make_shared<asking>(wheel));
  // Past, near, and beyond the wheel's end (51.2 s).
  const auto some_time = [] {
    return milliseconds(*rc::gen::oneOf(rc::gen::inRange(-300, 300), rc::gen::inRange(0, 120'000)));
  };
  for (int step = 0; step < 60; ++step) {
    auto& member = *members[*rc::gen::inRange<std::size_t>(0, members.size())];
    if (*rc::gen::inRange(0, 2) == 0) member.next.push_back(some_time());
    if (*rc::gen::inRange(0, 2) == 0) member.ask(now, now + some_time());
    now += milliseconds(*rc::gen::oneOf(rc::gen::inRange(0, 250), rc::gen::inRange(0, 70'000)));
    wheel.advance(now);
    for (const auto& each : members) {
      RC_ASSERT(!each->early);
      RC_ASSERT(each->wanted == microseconds::max() || each->latest + slot > now);
    }
  }
}

}  // namespace
}  // namespace roomlog::testing
