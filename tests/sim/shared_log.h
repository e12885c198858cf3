// The log that all processes of a simulation share: the memory log, written by hand, and what is
// known of it from outside. It stands for a broker, or for the disk of one machine.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "log/memory_log.h"
#include "tests/sim/oracle.h"
#include "tests/sim/schedule.h"

namespace roomlog::sim {

class shared_log {
 public:
  shared_log(const schedule& time, std::uint32_t partitions);
  ~shared_log();

  log& events() { return *log_; }
  machine_clock& clock() { return clock_; }
  std::uint32_t partitions() const { return partitions_; }
  // What the records say, judged without the server's code.
  const oracle& judge() const { return judge_; }
  // Called after the end of a partition has moved.
  std::function<void(partition_id)> on_end;

  // Appends and writes at once.
  offset write(partition_id partition, std::vector<append_entry> entries);
  // Hands over to the log's own queue; write_group() commits what waits, all in one group.
  result<> queue(partition_id partition, std::vector<append_entry> entries, append_handler done);
  bool write_group();

  // The next write fails; after that appends are refused, until the power fails.
  void break_disk() { broken_ = true; }
  // The machine loses its power: what waits is gone, and what was not written. The log is opened
  // anew. Throws a violation where readers had seen what is lost now.
  void lose_power();

 private:
  void open();
  void note_end(partition_id partition);
  // Judges what is new since the last call.
  void look();
  void check_nothing_seen_is_lost() const;

  const std::uint32_t partitions_;
  machine_clock clock_;
  std::shared_ptr<memory_log_storage> storage_ = make_memory_log_storage();
  std::unique_ptr<log> log_;
  oracle judge_;
  std::vector<offset> seen_;                                       // by partition
  std::vector<std::pair<partition_id, std::size_t>> not_written_;  // in the order of the queue
  std::vector<std::uint64_t> written_;                             // records, by partition
  bool dead_ = false, broken_ = false;
};

}  // namespace roomlog::sim
