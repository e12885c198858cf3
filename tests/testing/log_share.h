// One process's sight of a log that other processes append to as well: it may lag, and the head of
// the log may be cut off. Several of these over one memory log stand for several servers on Kafka.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "log/log_wrapper.h"

namespace roomlog::testing {

// Thread-safe. `base` outlives it, and is closed by its owner.
class log_share final : public log_wrapper {
 public:
  explicit log_share(log& base)
      : log_wrapper(base), starts_(base.partitions()), closed_(base.partitions()) {}

  // From now on nothing new is seen here, until release().
  void hold();
  void release();
  // Records below `start` are gone.
  void cut(partition_id partition, offset start);
  // As hold(), and find_end() is answered with the ends of now, too, until release().
  void hold_with_ends();
  // As if nobody could have been asked about this partition, until open().
  void close_partition(partition_id partition);
  void open_partition(partition_id partition);
  // Whether find_end() is answered with the end or with errc::unavailable.
  void answer_ends(bool answers) { ends_answered_ = answers; }
  std::size_t followers() const;
  std::size_t reads() const { return reads_; }
  std::size_t bytes_read() const { return bytes_read_; }
  // Called at the beginning of each read.
  std::function<void()> before_read;

  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                   std::size_t bytes_max) override;
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id partition,
                                                                   offset from,
                                                                   std::size_t bytes_max) override {
    return read(partition, from, bytes_max);
  }
  log_bounds bounds(partition_id partition) const override;
  bool is_open(partition_id partition) const override;
  bool sole_writer() const override { return false; }
  void find_end(partition_id partition, std::function<void(result<offset>)> done) override;
  std::unique_ptr<follow_handle> follow(partition_id partition,
                                        std::function<void()> on_end) override;
  void close() override {}

 private:
  class following;

  std::atomic<bool> ends_answered_{true};
  std::atomic<std::size_t> reads_{0}, bytes_read_{0};
  mutable std::mutex mutex_;
  std::vector<offset> starts_;
  std::vector<bool> closed_;
  std::vector<offset> held_;  // the ends that are seen; empty: those of the log
  bool ends_held_ = false;
  mutable std::mutex followers_mutex_;
  std::map<const void*, std::function<void()>> followers_;
};

}  // namespace roomlog::testing
