#include "ingress/late_refusals.h"

#include <gtest/gtest.h>

#include "tests/ingress/pipeline_world.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using fold_progress = late_refusals::fold_progress;

class late_refusals_test : public ::testing::Test {
 protected:
  void add(std::uint64_t connection, fold_progress fold, const std::string& json) {
    late_.add({{0, connection},
               {"default/r", "ann", "", "", parse(json), {}, {}},
               make_client_error(error_code::rate_limited),
               5s,
               std::make_shared<std::atomic<fold_progress>>(fold),
               load_share(load_)});
  }
  std::size_t take(std::chrono::microseconds now) {
    return late_.take_due(now, [](std::uint64_t) { return true; }).size();
  }
  void expect_nothing_is_held() {
    EXPECT_EQ(late_.size(), 0u);
    EXPECT_EQ(late_.bytes(), 0u);
    EXPECT_EQ(load_->commands, 0u);
    EXPECT_EQ(load_->bytes, 0u);
  }

  user_load_ptr load_ = std::make_shared<user_load>();
  late_refusals late_;
};

const std::string hello = R"({"type":"send","room":"r","cid":"c","text":"hello"})";
const std::string invitation = R"({"type":"create","room":"r","members":["bob","eve"]})";

TEST_F(late_refusals_test, what_was_answered_takes_no_bytes_any_more) {
  add(1, fold_progress::level, hello);
  const std::size_t one = late_.bytes();
  EXPECT_GT(one, sizeof(late_refusals::entry));
  add(2, fold_progress::behind, invitation);
  EXPECT_GT(late_.bytes(), 2 * sizeof(late_refusals::entry));
  EXPECT_EQ(load_->bytes, late_.bytes());
  EXPECT_EQ(load_->commands, 2u);
  EXPECT_EQ(take(0s), 1u);
  EXPECT_GT(late_.bytes(), 0u);
  EXPECT_EQ(load_->bytes, late_.bytes());
  EXPECT_EQ(take(5s), 1u) << "its time is over";
  expect_nothing_is_held();
}

TEST_F(late_refusals_test, what_belonged_to_a_closed_connection_takes_no_bytes_any_more) {
  add(1, fold_progress::behind, hello);
  add(2, fold_progress::behind, invitation);
  add(1, fold_progress::behind, invitation);
  late_.close_connection(1);
  EXPECT_EQ(late_.size(), 1u);
  EXPECT_EQ(load_->bytes, late_.bytes());
  late_.close_connection(3);
  EXPECT_EQ(late_.size(), 1u);
  late_.close_connection(2);
  expect_nothing_is_held();
}

}  // namespace
}  // namespace roomlog::testing
