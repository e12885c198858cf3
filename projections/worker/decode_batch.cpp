#include "projections/worker/decode_batch.h"

#include <algorithm>
#include <utility>

#include "schemas/records/codec.h"

namespace roomlog {

decoded_batch decode_batch(std::shared_ptr<const record_batch> records, offset begin,
                           offset until) {
  auto batch = std::make_shared<decided_batch>();
  batch->partition = records->partition();
  batch->begin = begin;
  batch->end = std::min(records->next_offset(), until);
  std::size_t count = records->size();
  while (count > 0 && (*records)[count - 1].at >= until) --count;
  batch->events.resize(count);
  std::vector<bool> valid(count);
  for (std::size_t i = 0; i < count; ++i) {
    const record_view record = (*records)[i];
    batch->events[i].at = record.at;
    batch->events[i].append_time = record.append_time;
    if (auto decoded = decode(record.value)) {
      batch->events[i].ev = std::move(*decoded);
      valid[i] = true;
    }
  }
  batch->records = std::move(records);
  return {std::move(batch), std::move(valid)};
}

}  // namespace roomlog
