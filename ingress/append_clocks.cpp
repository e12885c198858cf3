#include "ingress/append_clocks.h"

#include <algorithm>
#include <cstdlib>

namespace roomlog {
namespace {

using std::chrono::microseconds;

constexpr std::chrono::minutes said_again_after{1};

// Brokers give append times in milliseconds, cut off.
constexpr microseconds resolution{1000};

microseconds skew_of(const append_times& seen) {
  const microseconds before{seen.handed_over.value - seen.appended.value};
  if (before > resolution) return -before;
  return std::max(microseconds{seen.appended.value - seen.read_back.value}, microseconds{0});
}

std::string seconds_text(microseconds span) {
  const auto tenths = std::chrono::abs(span).count() / 100'000;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

}  // namespace

append_clocks::append_clocks(std::uint32_t partitions, std::chrono::milliseconds deadline,
                             deadline_clock deadlines_by)
    : deadline_(deadline), deadlines_by_(deadlines_by), places_(partitions) {}

std::optional<append_clocks::notice> append_clocks::observe(partition_id partition,
                                                            const append_times& seen,
                                                            microseconds now) {
  place& here = places_.at(partition.value);
  const microseconds skew = skew_of(seen);
  here.skew_us.store(skew.count(), std::memory_order_relaxed);
  if (std::chrono::abs(skew) <= deadline_ / 5) {
    if (!here.said) return std::nullopt;
    here.said.reset();
    return notice{false, "partition " + std::to_string(partition.value) +
                             ": the log's clock and this gateway's agree again"};
  }
  if (here.said && now - *here.said < said_again_after) return std::nullopt;
  here.said = now;
  return notice{true, describe(partition, skew)};
}

std::vector<microseconds> append_clocks::skews() const {
  std::vector<microseconds> out;
  for (const place& one : places_) {
    out.emplace_back(one.skew_us.load(std::memory_order_relaxed));
  }
  return out;
}

std::string append_clocks::describe(partition_id partition, microseconds skew) const {
  const bool ahead = skew > microseconds{0};
  std::string out = "partition " + std::to_string(partition.value) +
                    ": the log's clock (on Kafka: the partition's leader's) is at least " +
                    seconds_text(skew) + (ahead ? " ahead of" : " behind") + " this gateway's; ";
  if (!ahead) {
    return out + "what is late is accepted all the same, and times are shown too early";
  }
  if (deadlines_by_ == deadline_clock::never_behind_the_log) {
    return out + "times are shown too late until it has caught up";
  }
  if (skew > deadline_) {
    return out + "sends are refused as expired until the clocks agree";
  }
  return out + "times are shown too late, and from " + seconds_text(deadline_) +
         " on sends are refused as expired";
}

}  // namespace roomlog
