#include "log/followers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

TEST(followers, are_called_once_each_in_the_order_of_adding) {
  followers all;
  std::string heard;
  const auto a = all.add([&] { heard += 'a'; });
  const auto b = all.add([&] { heard += 'b'; });
  const auto c = all.add([&] { heard += 'c'; });
  all.notify();
  EXPECT_EQ(heard, "abc");
  all.notify();
  EXPECT_EQ(heard, "abcabc");
}

TEST(followers, a_notification_may_add_followers_and_drop_others) {
  followers all;
  std::string heard;
  std::unique_ptr<follow_handle> added, dropped;
  const auto a = all.add([&] {
    heard += 'a';
    dropped.reset();
    if (!added) added = all.add([&] { heard += 'n'; });
  });
  dropped = all.add([&] { heard += 'd'; });
  all.notify();
  EXPECT_EQ(heard, "a") << "one that is gone hears nothing, also in the round under way";
  all.notify();
  EXPECT_EQ(heard, "aan");
}

TEST(followers, a_handle_that_is_dropped_waits_for_its_call_and_no_other_follows) {
  followers all;
  std::promise<void> entered, leave;
  std::atomic<bool> left{false};
  auto handle = all.add([&] {
    entered.set_value();
    leave.get_future().wait();
    left = true;
  });
  auto notifying = std::async(std::launch::async, [&] { all.notify(); });
  entered.get_future().wait();
  auto dropping = std::async(std::launch::async, [&] {
    handle.reset();
    return left.load();
  });
  EXPECT_EQ(dropping.wait_for(50ms), std::future_status::timeout) << "its call is running";
  leave.set_value();
  EXPECT_TRUE(dropping.get());
  notifying.wait();
  all.notify();  // a second call would throw: its promise is used up
}

TEST(followers, handles_may_outlive_what_they_follow) {
  std::unique_ptr<follow_handle> handle;
  {
    followers all;
    handle = all.add([] {});
  }
  handle.reset();
}

}  // namespace
}  // namespace roomlog::testing
