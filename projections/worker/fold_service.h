// The workers of one process: for each partition cursor → fold → publish the decided batch → commit
// state, views and checkpoint in one WriteBatch. Roles differ in which views and subscribers are
// attached.
//
//            log ──read──► decide ──publish──► subscribers (gateway, sessions)
//                             └────commit────► state, views, checkpoint   (one batch, one database)
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/queries/history_reader.h"
#include "projections/worker/fold_reader.h"

namespace rocksdb {
class Env;
}

namespace roomlog {

struct fold_service_options {
  bool history_view = true;              // history, rooms and members; off: history from the log
  std::vector<partition_id> partitions;  // those that are folded here; all where empty
  std::size_t threads = 1;               // fold threads; partition p runs on thread p % threads
  std::size_t read_bytes = 1 << 20;      // one read of the log, one decided batch at most
  // Half of it for decoded records, of all partitions together, half for the store's block cache.
  std::size_t cache_bytes = 256 << 20;
  std::size_t files_max = 512;  // of the state store, that are kept open
  // How long a query waits for a view, and a question for the fold to come to the log's end.
  std::chrono::milliseconds wait_max{5000};
  // Stands for the disk of the state in tests. Outlives the service; the system's when null.
  rocksdb::Env* state_env = nullptr;
};

// What a partition's worker is doing, for readiness and metrics.
struct fold_status {
  partition_id partition;
  offset position, committed, log_end;
  std::string stopped;  // empty while running; else why it stopped for good (damage), and where
  std::string waiting;  // empty while the log can be read; else why not, and it is tried again
  std::string unsaved;  // empty while the state store works; else why not, and it is tried again
  std::uint64_t accepted = 0, duplicates = 0, rejected = 0, ignored = 0;  // since start
  std::size_t questions = 0;   // that wait for the fold to come to an offset
  std::uint64_t given_up = 0;  // of them, after wait_max
};

class fold_service {
 public:
  using subscriber = std::function<void(const decided_batch_ptr&)>;

  virtual ~fold_service() = default;
  // Before start(): called on the fold threads with every batch decided from then on, per partition
  // in order, before it is committed. Must not block. Batches re-decided after a restart come
  // again.
  virtual void subscribe(subscriber on_batch) = 0;
  virtual void start() = 0;
  virtual fold_reader& reader() = 0;
  virtual history_reader& history() = 0;
  virtual std::vector<fold_status> status() const = 0;
  // To be called every 100 ms or so, with steady time: questions that wait for wait_max or longer
  // are answered with errc::timeout. Where nobody calls it they wait for ever.
  virtual void tick(std::chrono::microseconds now) = 0;
  // Finishes the batch in hand, commits, stops the threads. Idempotent.
  virtual void stop() = 0;
};

// Opens (or makes) the state store in `dir`. `events` outlives the service. Refused: errc::in_use;
// errc::mismatch for a store of another epoch or format; errc::damaged when the log ends below a
// checkpoint or begins beyond it, or the record before a checkpoint has another digest than the
// checkpoint says.
result<std::unique_ptr<fold_service>> open_fold_service(log& events,
                                                        const std::filesystem::path& dir,
                                                        const fold_service_options& options);

// The same with the state in memory only, folded from the log's start at each start.
std::unique_ptr<fold_service> make_memory_fold_service(log& events,
                                                       const fold_service_options& options);

}  // namespace roomlog
