#include "replay/read_log.h"

#include <algorithm>
#include <vector>

#include "projections/store/memory_state_store.h"
#include "projections/worker/offline_fold.h"
#include "replay/read_output.h"

namespace roomlog {
namespace {

constexpr std::size_t read_bytes = 4 << 20;

std::vector<partition_id> partitions_of(const log& events, const read_request& wanted) {
  if (wanted.partition) return {*wanted.partition};
  std::vector<partition_id> out;
  for (std::uint32_t p = 0; p < events.partitions(); ++p) out.emplace_back(p);
  return out;
}

// Says what the range and the room leave of decided batches.
class decided_printer {
 public:
  decided_printer(const read_request& wanted, const line_sink& out) : wanted_(wanted), out_(out) {}

  void take(const decided_batch& batch) {
    if (closed_) return;
    std::string lines;
    for (const decided_event& decided : batch.events) {
      if (decided.decision.kind == verdict_kind::accepted && decided.ev.room == wanted_.room_key) {
        latest_seq_ = decided.decision.seq.value;
      }
      if (is_wanted(decided)) append(lines, batch.partition, decided);
    }
    if (!lines.empty() && !out_(lines)) closed_ = true;
  }
  bool closed() const { return closed_; }

 private:
  bool is_wanted(const decided_event& decided) const {
    const bool accepted = decided.decision.kind == verdict_kind::accepted;
    if (!wanted_.decisions && !accepted) return false;
    if (wanted_.room_key.empty()) {
      return wanted_.range.holds(decided.at.value, decided.append_time);
    }
    if (decided.ev.room != wanted_.room_key) return false;
    // What got no seq stands where the seqs around it stand.
    return wanted_.range.holds(accepted ? decided.decision.seq.value : latest_seq_,
                               accepted ? decided.decision.shown_time : decided.append_time);
  }

  void append(std::string& lines, partition_id partition, const decided_event& decided) {
    if (wanted_.decisions) {
      append_decision_line(lines, partition, decided);
    } else {
      append_event_line(lines, decided);
    }
  }

  const read_request& wanted_;
  const line_sink& out_;
  std::uint64_t latest_seq_ = 0;
  bool closed_ = false;
};

}  // namespace

result<> read_records(log& events, const read_request& wanted, const line_sink& out) {
  for (const partition_id partition : partitions_of(events, wanted)) {
    const log_bounds bounds = events.bounds(partition);
    offset at{std::max(bounds.start.value, wanted.range.from.number.value_or(0))};
    while (at < bounds.end) {
      const auto batch = events.read(partition, at, read_bytes);
      if (!batch) return batch.error();
      if ((*batch)->empty()) break;
      std::string lines;
      for (std::size_t i = 0; i < (*batch)->size(); ++i) {
        const record_view record = (**batch)[i];
        if (wanted.range.until.number && record.at.value >= *wanted.range.until.number) break;
        if (wanted.range.holds(record.at.value, record.append_time)) {
          append_record_line(lines, partition, record);
        }
      }
      if (!out(lines)) return {};
      at = (*batch)->next_offset();
      if (wanted.range.until.number && at.value >= *wanted.range.until.number) break;
    }
  }
  return {};
}

result<> read_decided(log& events, const read_request& wanted, const line_sink& out) {
  decided_printer printer(wanted, out);
  for (const partition_id partition : partitions_of(events, wanted)) {
    memory_state_store state(events.partitions());
    offline_fold folding{.partition = partition, .read_bytes = read_bytes};
    folding.on_batch = [&](const decided_batch_ptr& batch) {
      printer.take(*batch);
      return !printer.closed();
    };
    if (const auto folded = fold_offline(events, state, folding); !folded) return folded.error();
    if (printer.closed()) break;
  }
  return {};
}

}  // namespace roomlog
