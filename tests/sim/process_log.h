// One process's sight of the shared log, and what goes wrong between them. Where the process is the
// log's only one ("alone", as with the embedded log) appends go into the log's own queue, and are
// lost with it; else they are on their way for a while, and may arrive when the process is gone.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "log/log_wrapper.h"
#include "tests/sim/faults.h"
#include "tests/sim/schedule.h"
#include "tests/sim/shared_log.h"

namespace roomlog::sim {

class process_log final : public log_wrapper {
 public:
  // All of them outlive it. `on_news`: there may be something to read, or an answer.
  process_log(shared_log& shared, schedule& time, random_source& chance, const fault_rates& faults,
              life_ptr life, bool alone, std::function<void()> on_news);

  // The partition's end has moved.
  void on_end(partition_id partition);
  // From now on its records cannot be read.
  void damage(partition_id partition) { damaged_[partition.value] = true; }
  bool has_damage() const;

  result<> append(partition_id partition, std::vector<append_entry> entries,
                  append_handler done) override;
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                   std::size_t bytes_max) override;
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id partition,
                                                                   offset from,
                                                                   std::size_t bytes_max) override;
  log_bounds bounds(partition_id partition) const override;
  bool sole_writer() const override { return alone_; }
  void find_end(partition_id partition, std::function<void(result<offset>)> done) override;
  append_load load(partition_id partition) const override;
  void close() override {}

 private:
  bool happens(unsigned rate) { return chance_.in_1000(rate); }
  result<> queue(partition_id partition, std::vector<append_entry> entries, append_handler done);
  void send(partition_id partition, std::vector<append_entry> entries, append_handler done);
  // Writes it after `delay`, unless it is lost with its process.
  void deliver(partition_id partition, microseconds delay, std::vector<append_entry> entries,
               const append_handler& done, bool answered);
  void answer(microseconds delay, const append_handler& done, const append_result& outcome);

  shared_log& shared_;
  schedule& time_;
  random_source& chance_;
  const fault_rates& faults_;
  const life_ptr life_;
  const bool alone_;
  const std::function<void()> on_news_;
  std::vector<offset> visible_;
  std::vector<bool> damaged_;
  std::vector<bool> stalled_;          // a read waits; the next one has its answer
  std::vector<microseconds> arrival_;  // of the latest append that is on its way
  bool write_scheduled_ = false;
};

}  // namespace roomlog::sim
