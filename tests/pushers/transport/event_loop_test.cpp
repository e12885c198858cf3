// What a loop runs before it sends.
#include "pushers/transport/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

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

class flushed_member final : public loop_member {
 public:
  explicit flushed_member(std::string& story) : story_(story) {}
  void flush() override { story_ += "flush "; }
  void on_timer(std::chrono::microseconds) override {}
  void end() override {}

 private:
  std::string& story_;
};

TEST(event_loop, what_goes_past_the_connections_is_around_them_and_goes_on_without_waiting) {
  manual_clock_source clock;
  event_loop loop(clock, 1h);
  std::string story;
  std::promise<void> over;
  int left = 3;
  loop.around_flush([&] { story += "before "; },
                    [&] {
                      story += "after ";
                      if (--left == 0) over.set_value();
                      return left > 0;
                    });
  const auto member = std::make_shared<flushed_member>(story);
  loop.post([&] { loop.flush_later(*member); });
  loop.start();
  ASSERT_EQ(over.get_future().wait_for(10s), std::future_status::ready);
  loop.stop();
  EXPECT_TRUE(story.starts_with("before flush after before after before after")) << story;
}

}  // namespace
}  // namespace roomlog::testing
