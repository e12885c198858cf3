#include "projections/queries/log_page.h"

namespace roomlog {
namespace {

constexpr std::size_t run_bytes = 64 * 1024;  // of one read where more is wanted behind

// Offsets may have holes, so that places are searched for.
std::size_t place_of(const record_batch& batch, offset at) {
  std::size_t low = 0, high = batch.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (batch[middle].at < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

result<> log_page::read(offset from, std::size_t bytes_max) {
  auto records = events_.read(partition_, from, bytes_max);
  if (!records) return records.error();
  batch_ = std::move(*records);
  return {};
}

result<record_view> log_page::record(offset at, bool run) {
  const auto missing = [&] {
    return error{errc::damaged, "partition " + std::to_string(partition_.value) +
                                    ": the log has no record at offset " +
                                    std::to_string(at.value) + ", which was decided"};
  };
  if (!batch_ || !is_near(batch_->next_offset(), at)) batch_ = nullptr;
  while (!batch_ || batch_->next_offset() <= at) {
    const offset from = batch_ ? batch_->next_offset() : at;
    if (auto done = read(from, run || from != at ? run_bytes : 1); !done) return done.error();
    if (batch_->next_offset() == from) return missing();
  }
  const std::size_t place = place_of(*batch_, at);
  if (place == batch_->size() || (*batch_)[place].at != at) return missing();
  return (*batch_)[place];
}

}  // namespace roomlog
