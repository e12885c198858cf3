// What other threads ask of a partition's worker, and how it begins.
#include "projections/worker/partition_worker.h"

namespace roomlog {
namespace {

// For so long after a question that the store could not answer, the partition takes no commands.
constexpr std::chrono::seconds after_misread{1};

}  // namespace

result<> partition_worker::check_against_log() {
  const auto fits = compare_with_log(&log::read);
  if (!fits) return fits.error();
  return {};
}

result<bool> partition_worker::compare_with_log(read_function how) {
  checked_ = false;
  const partition_state& at = in_->fold.standing();
  const watermarks bounds = events_.bounds(partition_);
  const std::string place = "partition " + std::to_string(partition_.value) + ": ";
  const std::string checkpoint = "the state's checkpoint " + std::to_string(at.next.value);
  if (bounds.end < at.next) {
    return error{errc::damaged, place + "the log ends at " + std::to_string(bounds.end.value) +
                                    ", below " + checkpoint};
  }
  const std::string begins = place + "the log begins at " + std::to_string(bounds.start.value);
  if (bounds.start > at.next) {
    return error{errc::damaged,
                 begins + ", beyond " + checkpoint + ": what lies between cannot be decided"};
  }
  if (bounds.start > in_->views_next) {
    return error{errc::damaged, begins + ", beyond the views' checkpoint " +
                                    std::to_string(in_->views_next.value) +
                                    ": they cannot be built from it"};
  }
  const bool nothing_to_compare = at.hash == hash128{} || at.last < bounds.start;
  if (nothing_to_compare) {
    checked_ = true;
    return true;
  }
  const auto before = (events_.*how)(partition_, at.last, 1);
  if (!before) return before.error();
  if (!*before) return false;
  if ((*before)->empty() || (**before)[0].at != at.last ||
      hash_bytes((**before)[0].value) != at.last_digest) {
    return error{errc::damaged, place + "the record at offset " + std::to_string(at.last.value) +
                                    " is not the one before " + checkpoint};
  }
  checked_ = true;
  return true;
}

bool partition_worker::fits_log() {
  if (checked_) return true;
  if (!events_.is_open(partition_)) {
    note_waiting("partition " + std::to_string(partition_.value) + " is not open yet");
    return false;
  }
  const auto fits = compare_with_log(&log::read_without_waiting);
  if (!fits) {
    const auto& why = fits.error();
    if (why.code == errc::timeout || why.code == errc::unavailable) {
      note_waiting(why.text);
    } else {
      stop(why.text);
    }
    return false;
  }
  if (!*fits) return false;
  note_waiting("");
  move_position(position());  // who waits for what was decided before this process began
  return true;
}

fold_status partition_worker::status() const {
  fold_status s;
  s.partition = partition_;
  s.position = position();
  s.committed = offset{committed_.load(std::memory_order_acquire)};
  s.log_end = log_end();
  s.accepted = accepted_;
  s.duplicates = duplicates_;
  s.rejected = rejected_;
  s.ignored = ignored_;
  const std::lock_guard lock(mutex_);
  s.stopped = why_stopped_;
  s.waiting = why_waiting_;
  s.unsaved = why_unsaved_;
  s.questions = waiting_.size();
  s.given_up = given_up_;
  return s;
}

void partition_worker::when_folded(offset until, std::function<void(result<>)> done) {
  bool reached = false;
  {
    const std::lock_guard lock(mutex_);
    reached = checked_ && position() >= until;
    if (!reached && !closed_) {
      waiting_.emplace(until, question{std::move(done), now_});
      return;
    }
  }
  if (reached) return done({});
  done(error{errc::closed,
             "the fold of partition " + std::to_string(partition_.value) + " has stopped"});
}

// The log may answer when this worker is gone: it is asked in the name of a worker that may not be
// there any more.
void partition_worker::when_level(std::function<void(result<>)> done) {
  events_.find_end(partition_, [weak = weak_from_this(), done = std::move(done),
                                partition = partition_](const result<offset>& end) {
    if (!end) return done(end.error());
    if (const auto self = weak.lock()) return self->when_folded(*end, done);
    done(error{errc::closed,
               "the fold of partition " + std::to_string(partition.value) + " has ended"});
  });
}

void partition_worker::give_up_questions(std::chrono::microseconds now,
                                         std::chrono::microseconds at_most) {
  std::vector<std::function<void(result<>)>> late;
  bool readable = false;
  {
    const std::lock_guard lock(mutex_);
    now_ = now;
    readable = misread_ && now - misread_at_ >= after_misread;
    for (auto one = waiting_.begin(); one != waiting_.end();) {
      auto& [done, since] = one->second;
      if (since == std::chrono::microseconds{0}) since = now;
      if (now - since < at_most) {
        ++one;
        continue;
      }
      late.push_back(std::move(done));
      one = waiting_.erase(one);
    }
    given_up_ += late.size();
  }
  if (readable) {
    misread_ = false;  // until the next question that fails
    note_store_works();
  }
  for (auto& done : late) {
    done(error{errc::timeout, "the fold of partition " + std::to_string(partition_.value) +
                                  " did not come to the log's end"});
  }
}

void partition_worker::close() {
  std::multimap<offset, question> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(waiting_);
  }
  for (auto& [until, one] : left) {
    one.done(error{errc::closed,
                   "the fold of partition " + std::to_string(partition_.value) + " has stopped"});
  }
}

result<> partition_worker::wait_committed(std::chrono::milliseconds wait_max) {
  const std::uint64_t wanted = decided_.load(std::memory_order_acquire);
  if (committed_.load(std::memory_order_acquire) >= wanted) return {};
  if (commit_by_hand_) {
    commit_by_hand_();
  } else {
    ++commit_awaited_;
    wake_();
    std::unique_lock lock(mutex_);
    committed_moved_.wait_for(lock, wait_max,
                              [&] { return committed_.load() >= wanted || abandoned_.load(); });
    --commit_awaited_;
  }
  if (committed_.load() >= wanted) return {};
  if (abandoned_) return error{errc::unavailable, why_stopped_};
  return error{errc::timeout, "the view of partition " + std::to_string(partition_.value) +
                                  " did not reach offset " + std::to_string(wanted) + " in " +
                                  std::to_string(wait_max.count()) + " ms"};
}

}  // namespace roomlog
