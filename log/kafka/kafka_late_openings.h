// Opens partitions that had no leader when the log was opened, once they have one: they go through
// what a start looks at, a step at a time, and nothing waits for an append.
//
//   absent ─bounds, tail─► placed ─descriptor as that of the log─► open
//                             └ empty: a copy is appended, and a later look finds it
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "log/identity.h"
#include "log/kafka/kafka_inquiry.h"
#include "log/kafka/kafka_partition_owner.h"
#include "log/kafka/kafka_reach.h"

namespace roomlog {

// Of one partition one thread looks at a time.
class kafka_late_openings {
 public:
  // Begins to follow the end of a partition; false where that is not possible now.
  using follower = std::function<bool(const kafka_partition& partition)>;

  // `events` is the log that the partitions belong to. All outlive it.
  kafka_late_openings(log& events, const kafka_partitions& partitions, const kafka_inquiry& inquiry,
                      const kafka_reach& reach, follower follow, kafka_partition_owner& owner)
      : events_(events),
        partitions_(partitions),
        inquiry_(inquiry),
        reach_(reach),
        follow_(std::move(follow)),
        owner_(owner) {}

  // Once the log has its identity. `codec` outlives it; before this nothing is due.
  void begin(const identity_codec& codec) { codec_ = &codec; }

  // Once a second; one thread.
  std::vector<kafka_partition*> due(std::chrono::microseconds now);
  // Waits for brokers.
  void look(kafka_partition& partition);

 private:
  bool place(kafka_partition& partition);
  void check(kafka_partition& partition, const identity_codec& codec);
  void append_copy(kafka_partition& partition, const identity_codec& codec);

  log& events_;
  const kafka_partitions& partitions_;
  const kafka_inquiry& inquiry_;
  const kafka_reach& reach_;
  const follower follow_;
  kafka_partition_owner& owner_;
  std::atomic<const identity_codec*> codec_{nullptr};
  std::chrono::microseconds looked_at_{};
};

}  // namespace roomlog
