#include "projections/worker/worker_trouble.h"

#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

// For so long after a question that the store could not answer, the partition takes no commands.
constexpr std::chrono::seconds after_misread{1};

std::string name_of(partition_id partition) {
  return "partition " + std::to_string(partition.value);
}

}  // namespace

void worker_trouble::note_stop(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!why_stopped_.empty()) return;
    why_stopped_ = why;
    stopped_ = true;
  }
  diagnostics::error("fold", name_of(partition_) + " stops: " + why);
}

std::string worker_trouble::why_stopped() const {
  const std::lock_guard lock(mutex_);
  return why_stopped_;
}

void worker_trouble::note_views_stopped(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    why_no_views_ = why;
  }
  diagnostics::error("fold", name_of(partition_) + ": " + why);
}

void worker_trouble::note_waiting(const std::string& why) {
  if (!unreadable_ && why.empty()) return;
  if (!unreadable_ || why.empty()) {
    const auto place = name_of(partition_);
    diagnostics::warn(
        "fold", why.empty() ? place + " can be read again" : place + " waits for the log: " + why);
  }
  const std::lock_guard lock(mutex_);
  why_waiting_ = why;
  unreadable_ = !why.empty();
}

void worker_trouble::note_unsaved(const std::string& why) {
  note_store_trouble(why);
  unsaved_ = true;
}

void worker_trouble::note_saved() {
  if (!unsaved_) return;
  unsaved_ = false;
  note_store_works();
}

void worker_trouble::note_half_decided(const std::string& why) {
  begin_again_ = true;
  note_store_trouble(why);
}

void worker_trouble::note_decided_again() {
  begin_again_ = false;
  note_store_works();
}

void worker_trouble::note_misread(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    misread_at_ = now_;
    misread_ = true;
  }
  note_store_trouble(why);
}

void worker_trouble::tick(std::chrono::microseconds now) {
  {
    const std::lock_guard lock(mutex_);
    now_ = now;
    if (!misread_ || now - misread_at_ < after_misread) return;
    misread_ = false;  // until the next question that fails
  }
  note_store_works();
}

void worker_trouble::note_store_trouble(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!why_unsaved_.empty()) return;
    why_unsaved_ = why;
  }
  diagnostics::warn("fold",
                    name_of(partition_) + " takes no commands until its state works again: " + why);
}

void worker_trouble::note_store_works() {
  {
    const std::lock_guard lock(mutex_);
    if (unsaved_ || begin_again_ || misread_) return;
    why_unsaved_.clear();
  }
  diagnostics::warn("fold", name_of(partition_) + ": the state works again");
}

void worker_trouble::fill(fold_status& status) const {
  const std::lock_guard lock(mutex_);
  status.stopped = why_stopped_;
  status.waiting = why_waiting_;
  status.unsaved = why_unsaved_;
  status.views_stopped = why_no_views_;
}

}  // namespace roomlog
