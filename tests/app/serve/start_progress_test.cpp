// What a server that starts says of how far it has to read.
#include "app/serve/start_progress.h"

#include <gtest/gtest.h>

#include <future>

#include "log/memory_log.h"
#include "projections/worker/fold_service.h"
#include "schemas/records/codec.h"
#include "tests/testing/log_share.h"

namespace roomlog::testing {
namespace {

class start_progress_test : public ::testing::Test {
 protected:
  start_progress_test() {
    memory_log_options options;
    options.wanted.partitions = 2;
    options.codec = &descriptor_codec();
    base_ = std::move(*open_memory_log(options));
    sight_ = std::make_unique<log_share>(*base_);
    fold_ = make_memory_fold_service(*sight_, {});
  }
  ~start_progress_test() override {
    fold_->stop();
    base_->close();
  }
  void append(partition_id partition, int records) {
    for (int i = 0; i < records; ++i) {
      std::promise<append_result> done;
      ASSERT_TRUE(base_->append(partition, {{"", "no record"}},
                                [&](append_result r) { done.set_value(std::move(r)); }));
      ASSERT_TRUE(done.get_future().get());
    }
  }
  // Lets the fold read what is there.
  void read_on() {
    fold_->start();
    for (std::uint32_t p = 0; p < 2; ++p) {
      std::promise<result<>> level;
      fold_->lookup().when_level(partition_id{p}, [&](result<> r) { level.set_value(r); });
      ASSERT_TRUE(level.get_future().get());
    }
  }

  std::unique_ptr<log> base_;
  std::unique_ptr<log_share> sight_;
  std::unique_ptr<fold_service> fold_;
};

TEST_F(start_progress_test, counts_what_there_was_at_the_start) {
  append(partition_id{0}, 9);
  sight_->hold();
  append(partition_id{1}, 4);  // not seen here yet, and yet there
  const auto progress = start_progress::begin(*sight_, fold_->lookup(), 0);
  EXPECT_FALSE(progress->over());
  EXPECT_EQ(progress->records_left(), 15u);  // with the two descriptors
  EXPECT_EQ(progress->in_words(), "has 15 of 15 records still to read, in 2 partitions");
  sight_->release();
  read_on();
  EXPECT_TRUE(progress->over());
  EXPECT_EQ(progress->in_words(), "");
  append(partition_id{0}, 5);
  EXPECT_TRUE(progress->over()) << "what comes later is not the start's";
}

TEST_F(start_progress_test, a_small_lag_is_near_enough_and_one_more_is_not) {
  append(partition_id{0}, 9);  // and the descriptor
  EXPECT_FALSE(start_progress::begin(*sight_, fold_->lookup(), 9)->over());
  EXPECT_TRUE(start_progress::begin(*sight_, fold_->lookup(), 10)->over());
}

TEST_F(start_progress_test, a_log_that_does_not_tell_its_end_is_asked_again) {
  sight_->answer_ends(false);
  const auto progress = start_progress::begin(*sight_, fold_->lookup(), 1000);
  EXPECT_FALSE(progress->over());
  EXPECT_EQ(progress->in_words(), "asks the log how far there is to read");
  sight_->answer_ends(true);
  EXPECT_FALSE(progress->over());
  progress->tick(std::chrono::seconds(1));
  EXPECT_TRUE(progress->over());
}

TEST_F(start_progress_test, partitions_of_others_do_not_count) {
  append(partition_id{0}, 9);
  fold_->stop();
  fold_service_options share;
  share.partitions = {partition_id{1}};
  fold_ = make_memory_fold_service(*sight_, share);
  EXPECT_EQ(start_progress::begin(*sight_, fold_->lookup(), 0)->records_left(), 1u);
  EXPECT_FALSE(fold_->lookup().folds(partition_id{0}));
  EXPECT_EQ(fold_->status().size(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
