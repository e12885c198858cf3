#include "log/kafka/kafka_questions.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "log/kafka/kafka_upkeep.h"
#include "tests/log/kafka/kafka_fakes.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

TEST(kafka_questions, about_one_thing_there_is_one_question_at_a_time) {
  const auto partitions = make_partitions(2, log_bounds{});
  std::promise<void> answer;
  auto answered = answer.get_future().share();
  std::atomic<int> asked{0};
  kafka_questions questions;
  const auto wait = [&] {
    ++asked;
    answered.wait();
  };
  EXPECT_TRUE(questions.ask_about(*partitions[0], wait));
  EXPECT_FALSE(questions.ask_about(*partitions[0], wait));
  EXPECT_TRUE(questions.ask_about(*partitions[1], wait));
  EXPECT_TRUE(questions.ask_leader(0, wait)) << "a leader is another thing than a partition";
  EXPECT_FALSE(questions.ask_leader(0, wait));
  EXPECT_TRUE(questions.ask_anybody(kafka_questions::chore::find_leaders, wait));
  EXPECT_TRUE(questions.ask_anybody(kafka_questions::chore::rest_readers, wait));
  answer.set_value();
  EXPECT_TRUE(eventually([&] { return asked == 5; }));
  EXPECT_TRUE(eventually([&] { return questions.ask_about(*partitions[0], wait); }));
  questions.stop();
}

TEST(kafka_questions, after_a_stop_nothing_is_asked) {
  const auto partitions = make_partitions(1, log_bounds{});
  kafka_questions questions;
  EXPECT_FALSE(questions.is_stopping());
  questions.begin_stop();
  EXPECT_TRUE(questions.is_stopping());
  EXPECT_FALSE(questions.ask_about(*partitions[0], [] { FAIL(); }));
  EXPECT_FALSE(questions.ask_about(*partitions[0], [] { FAIL(); }));
}

TEST(kafka_upkeep, looks_at_once_when_called_and_not_after_a_stop) {
  std::atomic<int> looks{0};
  kafka_upkeep upkeep([&] { ++looks; }, std::chrono::hours(1));
  upkeep.start();
  EXPECT_TRUE(eventually([&] { return looks == 1; }));
  upkeep.wake();
  EXPECT_TRUE(eventually([&] { return looks == 2; }));
  upkeep.stop();
  const int last = looks;
  upkeep.wake();
  EXPECT_EQ(looks, last);
}

}  // namespace
}  // namespace roomlog::testing
