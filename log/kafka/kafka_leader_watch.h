// Follows who leads the partitions and where they begin and end, by asking now and then.
#pragma once

#include <atomic>
#include <chrono>

#include "log/base/clock.h"
#include "log/kafka/kafka_comparison.h"
#include "log/kafka/kafka_inquiry.h"
#include "log/kafka/kafka_partition_owner.h"
#include "log/kafka/kafka_questions.h"
#include "log/kafka/kafka_reach.h"

namespace roomlog {

// Leaders are asked for every 5 s, every second while something is wrong; starts and ends every 5 s,
// each leader on its own thread. A partition with a new leader is compared with what was read from
// the old one.
class kafka_leader_watch {
 public:
  // All outlive it.
  kafka_leader_watch(const kafka_partitions& partitions, const kafka_inquiry& inquiry,
                     kafka_questions& questions, kafka_comparison& comparison, kafka_reach& reach,
                     kafka_partition_owner& owner, const clock_source& clock)
      : partitions_(partitions),
        inquiry_(inquiry),
        questions_(questions),
        comparison_(comparison),
        reach_(reach),
        owner_(owner),
        clock_(clock) {}

  // Connections were lost, or a leader did not answer: leaders may have changed. Any thread.
  void note_trouble() { in_trouble_.store(true, std::memory_order_relaxed); }

  // Asks what is due, if anything; does not wait. One thread.
  void look(std::chrono::microseconds now);

  // What look() asks, on the threads of the questions; these wait for brokers.
  void find_leaders();
  void find_bounds(const std::vector<partition_id>& of_one_leader);

 private:
  void ask_for_leaders(std::chrono::microseconds now);
  void ask_for_bounds(std::chrono::microseconds now);
  void note_leaders(const kafka_inquiry::leaders& found);

  const kafka_partitions& partitions_;
  const kafka_inquiry& inquiry_;
  kafka_questions& questions_;
  kafka_comparison& comparison_;
  kafka_reach& reach_;
  kafka_partition_owner& owner_;
  const clock_source& clock_;
  std::atomic<bool> in_trouble_{false};  // since leaders were asked for
  std::chrono::microseconds leaders_at_{}, bounds_at_{};
};

}  // namespace roomlog
