#include "tests/sim/shared_log.h"

#include <stdexcept>

#include "schemas/records/codec.h"
#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

constexpr std::size_t read_bytes = std::size_t{1} << 20;

}  // namespace

shared_log::shared_log(const schedule& time, std::uint32_t partitions)
    : partitions_(partitions),
      clock_(time),
      judge_(partitions),
      seen_(partitions),
      written_(partitions) {
  open();
  for (std::uint32_t p = 0; p < partitions; ++p) {
    written_[p] = log_->bounds(partition_id{p}).end.value;
  }
  look();
}

shared_log::~shared_log() {
  dead_ = true;
}

void shared_log::open() {
  memory_log_options options;
  options.wanted.partitions = partitions_;
  options.wanted.new_epoch = "51";
  options.codec = &descriptor_codec();
  options.clock = &clock_;
  options.storage = storage_;
  options.writes = memory_log_options::writer::by_hand;
  options.on_write = [this](std::size_t records) -> result<> {
    if (dead_) return error{errc::io, "the machine has no power"};
    if (broken_) return error{errc::io, "no space left on device"};
    while (records != 0 && !not_written_.empty()) {
      const auto [partition, count] = not_written_.front();
      not_written_.erase(not_written_.begin());
      written_[partition.value] += count;
      records -= count;
    }
    return {};
  };
  auto opened = open_memory_log(options);
  if (!opened) throw std::runtime_error(opened.error().text);
  log_ = std::move(*opened);
}

offset shared_log::write(partition_id partition, std::vector<append_entry> entries) {
  offset first{};
  auto queued = queue(partition, std::move(entries), [&](const append_result& at) {
    if (at) first = *at;
  });
  if (queued) write_group();
  return first;
}

result<> shared_log::queue(partition_id partition, std::vector<append_entry> entries,
                           append_handler done) {
  const std::size_t count = entries.size();
  auto queued = log_->append(partition, std::move(entries), std::move(done));
  if (queued) not_written_.emplace_back(partition, count);
  return queued;
}

bool shared_log::write_group() {
  const bool wrote = append_one_group(*log_);
  if (wrote) look();
  return wrote;
}

void shared_log::look() {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    const partition_id partition{p};
    const offset end = log_->bounds(partition).end;
    if (seen_[p] == end) continue;
    while (seen_[p] < end) {
      const auto batch = log_->read(partition, seen_[p], read_bytes);
      if (!batch) fail("the log cannot be read: ", batch.error().text);
      for (std::size_t i = 0; i < (*batch)->size(); ++i) {
        const record_view record = (**batch)[i];
        judge_.take(partition, record.at, record.append_time, record.key, record.value);
      }
      seen_[p] = (*batch)->next_offset();
    }
    if (on_end) on_end(partition);
  }
}

void shared_log::lose_power() {
  dead_ = true;
  log_.reset();  // what waits is refused
  dead_ = broken_ = false;
  not_written_.clear();
  open();
  check_nothing_seen_is_lost();
}

void shared_log::check_nothing_seen_is_lost() const {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    if (seen_[p].value <= written_[p]) continue;
    fail("partition ", p, ": records up to ", seen_[p].value, " were shown, and only those up to ",
         written_[p], " were written when the power failed");
  }
}

}  // namespace roomlog::sim
