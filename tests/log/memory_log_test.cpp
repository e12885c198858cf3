// What the memory engine has beside the contract.
#include "log/memory_log.h"

#include <gtest/gtest.h>

#include "tests/log/fake_identity_codec.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

TEST(memory_log, by_hand_appends_only_when_told_to_and_on_the_callers_thread) {
  const fake_identity_codec codec;
  memory_log_options options;
  options.wanted = {2, "abc"};
  options.codec = &codec;
  options.writes = memory_log_options::writer::by_hand;
  const auto engine = open_memory_log(options).value();
  EXPECT_EQ(engine->identity().epoch, "abc");
  EXPECT_FALSE(append_one_group(*engine));

  std::vector<std::string> order;
  const auto following = engine->follow(p0, [&] { order.push_back("follower"); });
  for (const auto* name : {"a", "b"}) {
    ASSERT_TRUE(engine->append(p0, {append_entry{"", name}},
                               [&order, name](append_result) { order.push_back(name); }));
  }
  EXPECT_EQ(engine->bounds(p0).end, offset{1});
  EXPECT_TRUE(append_one_group(*engine));
  EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "follower"}));
  EXPECT_EQ(engine->bounds(p0).end, offset{3});
  EXPECT_FALSE(append_one_group(*engine));
}

TEST(memory_log, by_hand_close_answers_what_waits) {
  memory_log_options options;
  options.writes = memory_log_options::writer::by_hand;
  const auto engine = open_memory_log(options).value();
  append_answers answers;
  ASSERT_TRUE(answers.append(*engine, p0, "a"));
  engine->close();
  EXPECT_EQ(answers.answer(0).value(), offset{0});
}

TEST(memory_log, retains_less_when_told_so_and_its_start_moves) {
  memory_log_options options;
  options.retain_bytes_per_partition = 20'000;
  const auto engine = open_memory_log(options).value();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append_one(*engine, p0, std::string(1000, 'x')));
  const auto bounds = engine->bounds(p0);
  EXPECT_EQ(bounds.end, offset{100});
  EXPECT_GT(bounds.start, offset{70});
  EXPECT_EQ(engine->read(p0, offset{0}, 1).error().code, errc::out_of_range);
  EXPECT_EQ(read_from(*engine, p0, bounds.start).size(), 100 - bounds.start.value);
}

}  // namespace
}  // namespace roomlog::testing
