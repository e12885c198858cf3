#include "ingress/lane_writer.h"

#include <utility>

#include "log/append_queue.h"
#include "log/base/planted_bug.h"

namespace roomlog {
namespace {

constexpr std::size_t append_records_max = 256;  // in one call
constexpr std::size_t append_bytes_max = 256 << 10;

}  // namespace

void lane_writer::begin(const lane_incarnation& taken) {
  taken_ = taken;
  next_number_ = 1;
}

result<> lane_writer::append_backlog(pending_set& pending) {
  while (pending.has_backlog()) {
    std::vector<append_entry> entries;
    const auto queued = std::make_shared<queue_share>();
    std::size_t bytes = 0;
    for (const auto& command : pending.backlog()) {
      if (entries.size() == append_records_max || bytes > append_bytes_max) break;
      const append_id id{context_.options.gateway, taken_.counter, taken_.nonce,
                         next_number_ + entries.size()};
      if (planted("deadline_forgotten") && command->appends != 0) {
        command->record.deadline = context_.deadline_of(context_.clock.now(), timestamp{});
      }
      entries.push_back({command->record.room_key, encode_record(command->record, id),
                         command->record.command.traceparent});
      queued->add(command->share.of(), queued_size(entries.back()));
      bytes += entries.back().value.size();
    }
    const std::size_t count = entries.size();
    const append_report report{taken_.nonce, next_number_, next_number_ + count - 1, {}};
    auto handed_over = context_.events.append(partition_, std::move(entries),
                                              append_reports::handler(reports_, report, queued));
    if (!handed_over) return handed_over;
    pending.mark_appended(count, next_number_);
    next_number_ += count;
    if (planted("number_reused_after_fence") && taken_.counter > 1 && next_number_ == 4) {
      next_number_ = 3;
    }
  }
  return {};
}

result<> lane_writer::append_fence(const lane_incarnation& proposed) {
  const append_id id{context_.options.gateway, proposed.counter, proposed.nonce, 0};
  std::vector<append_entry> entries;
  entries.push_back({"", encode_fence(id, context_.clock.now())});
  const append_report report{proposed.nonce, 0, 0, {}};
  return context_.events.append(partition_, std::move(entries),
                                append_reports::handler(reports_, report));
}

}  // namespace roomlog
