// What keeps one partition from going on: for good, or for a while until its log or its store works
// again. Keeps the reasons for status() and tells diagnostics of each change. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "log/base/types.h"
#include "projections/worker/fold_status.h"

namespace roomlog {

class worker_trouble {
 public:
  explicit worker_trouble(partition_id partition) : partition_(partition) {}

  // ---- for good ----
  bool stopped() const { return stopped_; }
  // The first reason stays.
  void note_stop(const std::string& why);
  std::string why_stopped() const;
  // Nothing more is committed.
  bool abandoned() const { return abandoned_; }
  void abandon() { abandoned_ = true; }

  // Some views cannot come up any more: the log has lost what they need. The fold and the other
  // views go on, and reads come from the log. The last text counts: it names them all.
  void note_views_stopped(const std::string& why);

  // ---- the log does not answer ----
  bool waits_for_log() const { return unreadable_; }
  // Empty: it can be read again.
  void note_waiting(const std::string& why);

  // ---- the store does not work; each may pass ----
  // A commit failed.
  bool unsaved() const { return unsaved_; }
  void note_unsaved(const std::string& why);
  void note_saved();
  // A read failed within a record: what was decided since the last commit is decided anew.
  bool must_begin_again() const { return begin_again_; }
  void note_half_decided(const std::string& why);
  void note_decided_again();
  // A lookup failed lately.
  void note_misread(const std::string& why);
  // Steady time, which note_misread() goes by.
  void tick(std::chrono::microseconds now);

  // Whether records get a verdict.
  bool can_decide() const { return !stopped_ && !unsaved_ && !begin_again_ && !misread_; }
  bool wants_retry() const {
    if (unsaved_ && !abandoned_) return true;
    return (unreadable_ || begin_again_) && !stopped_;
  }
  void fill(fold_status& status) const;

 private:
  void note_store_trouble(const std::string& why);
  void note_store_works();

  const partition_id partition_;
  std::atomic<bool> stopped_{false}, abandoned_{false};
  std::atomic<bool> unreadable_{false}, unsaved_{false}, begin_again_{false}, misread_{false};
  mutable std::mutex mutex_;  // of what follows
  std::string why_stopped_, why_waiting_, why_unsaved_, why_no_views_;
  std::chrono::microseconds now_{};  // at the last tick
  std::chrono::microseconds misread_at_{};
};

}  // namespace roomlog
