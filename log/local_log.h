// What the engines of this process share: the queue, the one writer that commits groups, the shared
// tails, the followers. They differ in their record_store.
//
// The way of a group, all on the writer's thread:
//   take all that waits → offsets and append time → store.write (durable) → store.note_ends → tails
//   and ends (visible) → handlers → followers
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "log/append_queue.h"
#include "log/base/clock.h"
#include "log/engine_base.h"
#include "log/followers.h"
#include "log/record_store.h"
#include "log/tail.h"

namespace roomlog {

struct local_log_options {
  std::size_t append_queue_bytes_max;
  std::size_t group_bytes_max;
};

class local_log final : public engine_base {
 public:
  // Where a partition stands when it is opened.
  struct partition_head {
    std::shared_ptr<tail> recent;
    timestamp last_append_time;
  };

  // No writer runs yet: start_writer(), or write_one_group() by hand.
  local_log(std::unique_ptr<record_store> store, std::vector<partition_head> heads,
            const local_log_options& options, const clock_source& clock);
  ~local_log() override;

  void start_writer();
  // Without a writer thread: commits one group on the calling thread, one caller at a time. False
  // if nothing waits.
  bool write_one_group();

  std::uint32_t partitions() const override;
  result<> append(partition_id partition, std::vector<append_entry> entries,
                  append_handler done) override;
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                   std::size_t bytes_max) override;
  // Its storage does not keep a caller waiting.
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id partition,
                                                                   offset from,
                                                                   std::size_t bytes_max) override {
    return read(partition, from, bytes_max);
  }
  log_bounds bounds(partition_id partition) const override;
  result<> trim(partition_id partition, offset below) override;
  bool is_open(partition_id) const override { return true; }
  bool sole_writer() const override { return true; }
  void find_end(partition_id partition, std::function<void(result<offset>)> done) override;
  std::unique_ptr<follow_handle> follow(partition_id partition,
                                        std::function<void()> on_end) override;
  append_load load(partition_id) const override {
    return {queue_.bytes(), queue_.bytes(), queue_.bytes_max()};
  }
  std::string failure() const override { return queue_.failure(); }
  void close() override;

 private:
  struct partition_state;

  void add_stats(log_stats& to) const override;
  void run();
  void commit();
  void commit_late();
  void forget_group();
  void place();
  result<> store_group();
  void show_group();
  void answer_group();
  void notify_group();
  enum class group_was { handed_over, kept };  // kept: from the storage
  void stop_for_good(const error& why, group_was what = group_was::handed_over);
  bool is_in_place();
  void notify_all_partitions();

  std::unique_ptr<record_store> store_;
  const clock_source& clock_;
  append_queue queue_;
  std::vector<std::unique_ptr<partition_state>> partitions_;

  // Of the writer alone.
  append_group group_;
  append_group not_stored_;  // empty but for a planted bug
  std::chrono::microseconds looked_at_place_{};
  std::vector<partition_state*> touched_;
  std::vector<offset> ends_;
  std::atomic<std::uint64_t> tail_reads_{0}, storage_reads_{0};

  std::mutex closing_;
  bool closed_ = false;
  std::thread writer_;
};

}  // namespace roomlog
