#include "log/log_wrapper.h"

#include <gtest/gtest.h>

#include "log/memory_log.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

std::unique_ptr<log> log_of_two() {
  memory_log_options options;
  options.wanted = {2, "abc"};
  options.append_queue_bytes_max = 5'000;
  options.writes = memory_log_options::writer::by_hand;
  return open_memory_log(options).value();
}

TEST(log_wrapper, passes_everything_on) {
  const auto base = log_of_two();
  log_wrapper events(*base);
  EXPECT_EQ(events.partitions(), 2u);
  EXPECT_EQ(events.identity(), base->identity());
  EXPECT_TRUE(events.is_open(p0) && events.sole_writer());
  bool told = false;
  const auto following = events.follow(p1, [&] { told = true; });
  append_answers answers;
  ASSERT_TRUE(answers.append(events, p1, {{"key", "a"}, {"key", "b"}}));
  EXPECT_EQ(events.load(p1).bytes, base->load(p1).bytes);
  EXPECT_GT(events.load(p1).bytes, 0u);
  EXPECT_EQ(events.load(p1).bytes_max, 5'000u);
  EXPECT_TRUE(append_one_group(*base));
  EXPECT_TRUE(told);
  EXPECT_EQ(events.bounds(p1).end, offset{2});
  events.find_end(p1, [](const result<offset>& end) { EXPECT_EQ(end.value(), offset{2}); });
  EXPECT_EQ(events.read(p1, offset{1}, 1).value()->size(), 1u);
  EXPECT_EQ(events.read_without_waiting(p1, offset{1}, 1).value()->size(), 1u);
  EXPECT_EQ(events.stats().records, 2u);
  EXPECT_TRUE(events.trim(p1, offset{1}));
  EXPECT_EQ(base->bounds(p1).start, offset{1});
  events.close();
  EXPECT_EQ(answers.append(*base, p0, "late").error().code, errc::closed);
  EXPECT_EQ(events.failure(), "");
}

TEST(log_wrapper, owns_the_log_that_it_is_given) {
  struct full_log : log_wrapper {
    using log_wrapper::log_wrapper;
    result<> append(partition_id, std::vector<append_entry>, append_handler) override {
      return error{errc::full, "full by test"};
    }
  };
  full_log events(log_of_two());
  append_answers answers;
  EXPECT_EQ(answers.append(events, p0, "a").error().code, errc::full);
  EXPECT_EQ(events.partitions(), 2u);
}

}  // namespace
}  // namespace roomlog::testing
