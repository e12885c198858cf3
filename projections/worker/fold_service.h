// The workers of one process: for each partition cursor → fold → publish the decided batch → commit
// state, views and checkpoint in one WriteBatch. Roles differ in which views and subscribers are
// attached.
//
//            log ──read──► decide ──publish──► subscribers (gateway, sessions)
//                             └────commit────► state, views, checkpoint   (one batch, one database)
//
// It is driven by threads of its own (start()), or by hand on the caller's thread (step()).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/queries/history_source.h"
#include "projections/worker/fold_lookup.h"
#include "projections/worker/fold_service_options.h"
#include "projections/worker/fold_status.h"

namespace roomlog {

class state_store;

class fold_service {
 public:
  using subscriber = std::function<void(const decided_batch_ptr&)>;

  virtual ~fold_service() = default;
  // Before start() or the first step(): called on the fold threads with every batch decided from
  // then on, per partition in order, before it is committed. Must not block. Batches re-decided
  // after a restart come again.
  virtual void subscribe(subscriber on_batch) = 0;
  virtual void start() = 0;
  // Instead of start(): decides one batch of each partition on the caller's thread, or gives views
  // that are behind a turn, and commits when enough is staged or nothing is left to do. False when
  // there was nothing to do. All calls of the service are made by that thread then, and a query
  // commits first what it has to see.
  virtual bool step() = 0;
  virtual fold_lookup& lookup() = 0;
  virtual history_source& history() = 0;
  virtual std::vector<fold_status> status() const = 0;
  // To be called every 100 ms or so, with steady time: questions that wait for wait_max or longer
  // are answered with errc::timeout. Where nobody calls it they wait for ever.
  virtual void tick(std::chrono::microseconds now) = 0;
  // Finishes the batch in hand, commits, stops the threads. Idempotent.
  virtual void stop() = 0;
};

// Opens (or makes) the state store in `dir`. `events` outlives the service. Refused: errc::in_use;
// errc::mismatch for a store of another epoch or format; errc::damaged when the log ends below the
// checkpoint of a fold or begins beyond it, or the record before it has another digest than the
// checkpoint says.
result<std::unique_ptr<fold_service>> open_fold_service(log& events,
                                                        const std::filesystem::path& dir,
                                                        const fold_service_options& options);

// The same on a store that is open already.
result<std::unique_ptr<fold_service>> make_fold_service(log& events,
                                                        std::unique_ptr<state_store> store,
                                                        const fold_service_options& options);

// The same with the state in memory only, folded from the log's start at each start.
std::unique_ptr<fold_service> make_memory_fold_service(log& events,
                                                       const fold_service_options& options);

}  // namespace roomlog
