// A whole fold service over a real log: records go in, verdicts come out, and both can be
// restarted.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "log/log.h"
#include "log/memory_log.h"
#include "projections/worker/fold_service.h"
#include "tests/projections/fold/drafts.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {

enum class log_engine { memory, embedded };
enum class state_engine { memory, rocks };

struct service_kind {
  log_engine events = log_engine::memory;
  state_engine state = state_engine::memory;
};
std::string name_of(const service_kind& kind);

class service_rig {
 public:
  explicit service_rig(const service_kind& kind, std::uint32_t partitions = 4);
  ~service_rig();

  // The service is made and started by the constructor; a test that ends it starts it again.
  void start();
  result<> try_start();
  void end();
  // Ends the log too, and opens it again.
  void restart_all();

  // Appends with the gateway's next number in the room's partition; the first append of a partition
  // is a fence. Returns the verdict when the fold has given it.
  verdict take(event e);
  // The same without waiting; all of them are decided when settle() returns.
  void append(event e);
  void settle();
  // Returns when every view is level with the fold.
  void wait_for_views();

  fold_service& service() { return *service_; }
  fold_lookup& lookup() { return service_->lookup(); }
  history_source& history() { return service_->history(); }
  log& events() { return *events_; }
  const std::filesystem::path& dir() const { return dir_.path(); }
  fold_service_options options;

 private:
  void open_log();
  void put(partition_id partition, const event& e);
  void note(const decided_batch& batch);

  const service_kind kind_;
  const std::uint32_t partitions_;
  temporary_directory dir_;
  std::shared_ptr<memory_log_storage> storage_ = make_memory_log_storage();
  std::unique_ptr<log> events_;
  std::unique_ptr<fold_service> service_;
  std::map<std::uint32_t, std::uint64_t> numbers_;  // by partition, the last given

  std::mutex mutex_;
  std::condition_variable noted_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, verdict> verdicts_;  // by place
};

}  // namespace roomlog::testing
