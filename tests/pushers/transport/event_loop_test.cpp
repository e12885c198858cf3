// What a loop runs before it sends.
#include "pushers/transport/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

class waiting_reply final : public loop_member {
 public:
  explicit waiting_reply(const int& handlers) : handlers_(handlers) {}
  void flush() override { ran_before.set_value(handlers_); }
  void on_timer(std::chrono::microseconds) override {}
  void end() override {}
  std::promise<int> ran_before;

 private:
  const int& handlers_;
};

// How many of 100 handlers that take so long each run before a reply is sent that the first made.
int handlers_before_a_reply(std::chrono::microseconds each) {
  manual_clock_source clock;
  event_loop loop(clock, 100ms);
  int ran = 0;
  const auto reply = std::make_shared<waiting_reply>(ran);
  for (int i = 0; i < 100; ++i)
    loop.post([&, i] {
      if (i == 0) loop.flush_later(*reply);
      clock.advance(each);
      ++ran;
    });
  loop.start();
  const int before = reply->ran_before.get_future().get();
  loop.stop();
  return before;
}

TEST(event_loop, a_reply_waits_for_the_handlers_that_are_ready) {
  EXPECT_EQ(handlers_before_a_reply(1us), 100);
}

TEST(event_loop, a_reply_waits_for_a_millisecond_of_handlers_at_most) {
  EXPECT_EQ(handlers_before_a_reply(500us), 3);  // the first begins the time
}

}  // namespace
}  // namespace roomlog::testing
