// A log that passes every call on to another one: override what is to be different. Faults are
// injected with it, and processes that see less of a log than another are made of it.
//
// A wrapper that changes what is read overrides read() and read_without_waiting(): each of them goes
// to the base, not to the other.
#pragma once

#include <memory>
#include <utility>

#include "log/log.h"
#include "log/log_stats.h"

namespace roomlog {

// As thread-safe as its base.
class log_wrapper : public log {
 public:
  // `base` outlives it.
  explicit log_wrapper(log& base) : base_(base) {}
  explicit log_wrapper(std::unique_ptr<log> base) : owned_(std::move(base)), base_(*owned_) {}

  std::uint32_t partitions() const override { return base_.partitions(); }
  const log_identity& identity() const override { return base_.identity(); }
  result<> append(partition_id partition, std::vector<append_entry> entries,
                  append_handler done) override {
    return base_.append(partition, std::move(entries), std::move(done));
  }
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                   std::size_t bytes_max) override {
    return base_.read(partition, from, bytes_max);
  }
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id partition,
                                                                   offset from,
                                                                   std::size_t bytes_max) override {
    return base_.read_without_waiting(partition, from, bytes_max);
  }
  log_bounds bounds(partition_id partition) const override { return base_.bounds(partition); }
  result<> trim(partition_id partition, offset below) override {
    return base_.trim(partition, below);
  }
  bool is_open(partition_id partition) const override { return base_.is_open(partition); }
  bool sole_writer() const override { return base_.sole_writer(); }
  void find_end(partition_id partition, std::function<void(result<offset>)> done) override {
    base_.find_end(partition, std::move(done));
  }
  std::unique_ptr<follow_handle> follow(partition_id partition,
                                        std::function<void()> on_end) override {
    return base_.follow(partition, std::move(on_end));
  }
  append_load load(partition_id partition) const override { return base_.load(partition); }
  log_stats stats() const override { return base_.stats(); }
  std::string failure() const override { return base_.failure(); }
  void close() override { base_.close(); }

 protected:
  log& base() { return base_; }
  const log& base() const { return base_; }

 private:
  const std::unique_ptr<log> owned_;  // null where the base is owned elsewhere
  log& base_;
};

}  // namespace roomlog
