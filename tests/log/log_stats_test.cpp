#include "log/log_stats.h"

#include <gtest/gtest.h>

#include <numeric>

namespace roomlog::testing {
namespace {

// As Prometheus has it: a bucket's bound belongs to the bucket.
TEST(log_stats, a_duration_counts_in_the_bucket_whose_bound_it_does_not_pass) {
  duration_histogram times;
  for (const std::int64_t us : {0, 50, 51, 100, 1'000'000, 1'000'001}) times.observe(us);
  EXPECT_EQ(times.counts[0], 2u);
  EXPECT_EQ(times.counts[1], 2u);
  EXPECT_EQ(times.counts[duration_histogram::bounds_us.size() - 1], 1u);
  EXPECT_EQ(times.counts.back(), 1u);
  EXPECT_EQ(times.count, 6u);
  EXPECT_EQ(times.sum_us, 0 + 50 + 51 + 100 + 1'000'000 + 1'000'001);
  EXPECT_EQ(std::accumulate(times.counts.begin(), times.counts.end(), std::uint64_t{0}), 6u);
}

}  // namespace
}  // namespace roomlog::testing
