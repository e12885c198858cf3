// What is asked of brokers beside reads and appends, on a thread for each leader. Of one kind, and
// about one thing, there is one question at a time: the thread of a leader that is silent is not
// filled with them.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <utility>

#include "log/kafka/kafka_lanes.h"
#include "log/kafka/kafka_partition.h"

namespace roomlog {

// Thread-safe. Stopped before what its questions use is gone.
class kafka_questions {
 public:
  using question = std::function<void()>;

  // False, and the question is dropped: one like it has not come back yet, or after begin_stop().
  bool ask_about(const kafka_partition& partition, question what) {
    return ask({kind::partition, partition.id.value}, partition.leader(), std::move(what));
  }
  // About all partitions of one leader, or of none.
  bool ask_leader(std::int32_t leader, question what) {
    return ask({kind::leader, leader}, leader, std::move(what));
  }
  // Where it does not matter who answers.
  enum class chore { find_leaders, rest_readers };
  bool ask_anybody(chore which, question what) {
    return ask({kind::anybody, static_cast<int>(which)}, any_broker, std::move(what));
  }

  // Drops what has not begun. A question that is under way may ask whether there is sense in another
  // one. Idempotent, as stop(), after which none is under way.
  void begin_stop() { lanes_.begin_stop(); }
  void stop() { lanes_.stop(); }
  bool is_stopping() const { return lanes_.is_stopping(); }

 private:
  enum class kind { partition, leader, anybody };
  using subject = std::pair<kind, std::int64_t>;
  static constexpr std::int32_t any_broker = -1;

  bool ask(subject about, std::int32_t leader, question what);

  std::mutex mutex_;
  std::set<subject> open_;
  kafka_lanes lanes_{"kafka-asks"};
};

}  // namespace roomlog
