// What a fold loop drives: a partition that decides batch by batch and has something to commit.
// Everything is called by one thread, which may change while no call runs.
#pragma once

#include "log/base/result.h"
#include "log/base/types.h"

namespace roomlog {

class driven_partition {
 public:
  virtual ~driven_partition() = default;
  virtual partition_id partition() const = 0;

  // Reads and decides one batch. False when there was nothing to do, the log cannot be read now, or
  // the partition has stopped.
  virtual bool step(std::size_t read_bytes) = 0;
  // A bounded turn of work that may wait: of views that are behind the fold. False when there was
  // nothing to do, or it cannot be done now.
  virtual bool follow() = 0;
  // The log or the store did not answer: step(), or a commit, is worth another try after a while.
  virtual bool wants_retry() const = 0;

  // True when something was decided that is not in the store.
  virtual bool wants_commit() const = 0;
  // A history read waits for the commit of what is decided.
  virtual bool commit_awaited() const = 0;
  // What is not in the store, staged or held in front of it.
  virtual std::size_t staged_bytes() = 0;
  // Puts everything up to here into the store; the commit may follow, and one of these two calls.
  virtual void stage() = 0;
  virtual void on_committed() = 0;
  // The store keeps what was staged in memory, where readers see it.
  virtual void on_commit_failed(const error& why) = 0;
};

}  // namespace roomlog
