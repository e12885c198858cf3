#include "log/kafka/kafka_late_openings.h"

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

constexpr std::chrono::microseconds looks_apart{1'000'000};

bool may_pass(errc code) {
  return code == errc::timeout || code == errc::unavailable || code == errc::closed;
}

}  // namespace

std::vector<kafka_partition*> kafka_late_openings::due(std::chrono::microseconds now) {
  std::vector<kafka_partition*> out;
  if (codec_.load() == nullptr || now - looked_at_ < looks_apart) return out;
  looked_at_ = now;
  for (const auto& partition : partitions_) {
    if (partition->is_open() || partition->stopped()) continue;
    if (reach_.is_silent() || reach_.is_leaderless(partition->id)) continue;
    out.push_back(partition.get());
  }
  return out;
}

void kafka_late_openings::look(kafka_partition& partition) {
  if (partition.is_placed() || place(partition)) check(partition, *codec_.load());
}

// The tail begins at the end as it is now; what lies below is read as after any start.
bool kafka_late_openings::place(kafka_partition& partition) {
  const auto start = inquiry_.bound(partition.id, kafka_bound::start);
  const auto end = inquiry_.bound(partition.id, kafka_bound::end);
  if (!start || !end) return false;
  if (partition.followed) {
    partition.recent.begin_at(*end);
    if (!follow_(partition)) return false;
  }
  partition.place({*start, *end});
  return true;
}

void kafka_late_openings::check(kafka_partition& partition, const identity_codec& codec) {
  const auto checked = check_copy(events_, codec, partition.id, events_.identity());
  if (!checked && checked.error().code == errc::not_found) return append_copy(partition, codec);
  if (!checked && may_pass(checked.error().code)) return;  // the next look
  if (!checked) return owner_.stop_partition(partition, checked.error());
  partition.open();
  diagnostics::info("kafka", "partition " + std::to_string(partition.id.value) + " is open");
  partition.following.notify();
}

// The look after its answer finds it. A producer that is being replaced takes nothing: then a later
// look appends it.
void kafka_late_openings::append_copy(kafka_partition& partition, const identity_codec& codec) {
  if (partition.begin_copy()) return;
  const auto taken =
      events_.append(partition.id, {{std::string(), codec.encode(events_.identity())}},
                     [&partition](const append_result&) { partition.end_copy(); });
  if (!taken) partition.end_copy();
}

}  // namespace roomlog
