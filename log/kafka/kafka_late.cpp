// Partitions that nobody led when the log was opened: they go through what a start looks at when
// somebody leads them. On the threads of kafka-asks, a step at a time: nothing waits there for an
// append.
#include "log/base/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_engine.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds ask_wait{2'000};
constexpr microseconds opens_apart{1'000'000};

bool may_pass(errc code) {
  return code == errc::timeout || code == errc::unavailable || code == errc::closed;
}

}  // namespace

void kafka_engine::open_late(microseconds now) {
  const auto* codec = late_codec_.load();
  if (codec == nullptr || now - opens_at_ < opens_apart) return;
  opens_at_ = now;
  for (const auto& partition : partitions_) {
    if (partition->is_open() || partition->stopped()) continue;
    if (reach_.is_silent() || reach_.is_leaderless(partition->id)) continue;
    (void)ask_about(*partition, [this, &one = *partition, codec] {
      if (one.is_placed() || place_late(one)) check_late(one, *codec);
    });
  }
}

// The tail begins at the end as it is now; what lies below is read as after any start.
bool kafka_engine::place_late(kafka_partition& partition) {
  const auto ask = [&](kafka_bound which) {
    return kafka_bounds(questions_.get(), options_.topic, {partition.id}, which, ask_wait)[0];
  };
  const auto start = ask(kafka_bound::start);
  const auto end = ask(kafka_bound::end);
  if (!start || !end) return false;
  if (partition.followed) {
    partition.recent.begin_at(*end);
    if (!tail_->begin(partition)) return false;
  }
  partition.place({*start, *end});
  return true;
}

void kafka_engine::check_late(kafka_partition& partition, const identity_codec& codec) {
  const auto checked = check_copy(*this, codec, partition.id, identity());
  if (!checked && checked.error().code == errc::not_found) return append_copy(partition, codec);
  if (!checked && may_pass(checked.error().code)) return;  // the next look
  if (!checked) return stop_partition(partition, checked.error());
  partition.open();
  diagnostics::info("kafka", "partition " + std::to_string(partition.id.value) + " is open");
  partition.following.notify();
}

// The look after its answer finds it. A producer that is being replaced takes nothing: then a later
// look appends it.
void kafka_engine::append_copy(kafka_partition& partition, const identity_codec& codec) {
  if (partition.begin_copy()) return;
  const auto taken = append(partition.id, {{std::string(), codec.encode(identity())}},
                            [&partition](const append_result&) { partition.end_copy(); });
  if (!taken) partition.end_copy();
}

}  // namespace roomlog
