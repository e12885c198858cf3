// The worker of one partition, the same in every role: cursor → fold → publish the decided batch →
// commit state, views and checkpoint. It has no thread of its own: a fold_loop drives it.
//
//   committed ≤ position ≤ decided ≤ end of the log
//       |          |          └ decided: under the gate; readers of the state see up to here
//       |          └ position: its batch was published, when_folded() calls up to here were made
//       └ committed: in the store; readers of the views see up to here
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/worker/driven_partition.h"
#include "projections/worker/fold_and_views.h"
#include "projections/worker/fold_status.h"

namespace roomlog {

class partition_worker final : public driven_partition,
                               public std::enable_shared_from_this<partition_worker> {
 public:
  using subscribers = std::vector<std::function<void(const decided_batch_ptr&)>>;

  // Everything given outlives the worker. `subscribers` does not change once step() was called.
  partition_worker(log& events, state_store& store, partition_id partition, bool with_views,
                   const subscribers& subscribers);

  // Whether the checkpoints belong to this log, and whether it still has what comes after them;
  // errc::damaged where not. Before the first step(), or on the fold's thread where the partition
  // opens later: until then nothing is read, and nobody is told that the fold is level.
  result<> check_against_log();

  // ---- the fold thread's ----
  bool step(std::size_t read_bytes) override;
  bool wants_retry() const override;
  bool wants_commit() const override;
  // Set while somebody waits: the fold thread commits soon.
  bool commit_awaited() const override {
    return commit_awaited_.load(std::memory_order_relaxed) > 0;
  }
  std::size_t staged_bytes() override;
  void stage() override;
  void on_committed() override;
  // Where that may pass, the worker goes on for a while, so that what is in the log already gets
  // its verdict; else it stops.
  void on_commit_failed(const error& why) override;
  // Stops this partition for good; `why` stands in status(). What was decided is still committed.
  void stop(const std::string& why);
  // The same, and nothing is committed any more.
  void abandon(const std::string& why);
  // No call will follow: answers what waits with errc::closed.
  void close();

  // ---- any thread's ----
  partition_id partition() const override { return partition_; }
  fold_status status() const;
  offset position() const { return offset{position_.load(std::memory_order_acquire)}; }
  // Whether records get a verdict here: not once the worker has stopped for good, nor while the
  // store does not work.
  bool can_decide() const { return !stopped_ && !unsaved_ && !begin_again_ && !misread_; }
  offset log_end() const { return events_.bounds(partition_).end; }
  bool has_views() const { return with_views_; }
  void when_folded(offset until, std::function<void(result<>)> done);
  void when_level(std::function<void(result<>)> done);
  // Answers what waits for `at_most` or longer with errc::timeout. `now` is steady time.
  void give_up_questions(std::chrono::microseconds now, std::chrono::microseconds at_most);
  // Waits until everything that is decided now is committed. errc::timeout, errc::unavailable. By
  // hand it does not wait: it commits.
  result<> wait_committed(std::chrono::milliseconds wait_max);
  // Called to make the fold thread look; must not block. Set before the threads start.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  // For a worker without a thread: the caller that needs a commit makes it. Null: a thread does.
  void set_commit_by_hand(std::function<void()> commit) { commit_by_hand_ = std::move(commit); }
  // What decoded records may take, about. Set before the threads start.
  void set_front_bytes_max(std::size_t bytes) { front_bytes_max_ = bytes; }

  // Calls ask(fold_state&) under the gate and returns its answer. errc::unavailable: the store
  // failed, and nothing is known. can_decide() is false then, for a while or, where that cannot
  // pass, for good.
  template <class Ask>
  auto ask(Ask&& question) -> result<decltype(question(std::declval<fold_state&>()))> {
    try {
      const auto lock = gate_.enter_as_reader();
      look_at_front();
      return question(in_->fold);
    } catch (const std::exception& e) {
      note_failed_question(e);
      return error{errc::unavailable, e.what()};
    }
  }

 private:
  // Null where there is nothing to decide now: it is on its way, the worker waits, or has stopped.
  std::shared_ptr<const record_batch> read(offset from, std::size_t read_bytes,
                                           const std::string& what_for);
  void note_waiting(const std::string& why);
  // Whether the partition is open and was found to fit.
  bool fits_log();
  // What check_against_log() says; false: the record to compare with is on its way.
  using read_function = decltype(&log::read);
  result<bool> compare_with_log(read_function how);
  bool catch_views_up(std::size_t read_bytes);
  struct decoded_batch {
    std::shared_ptr<decided_batch> batch;
    std::vector<bool> valid;
  };
  // The records below `until`, not decided yet.
  decoded_batch decode_batch(std::shared_ptr<const record_batch> records, offset begin,
                             offset until) const;
  void decide_batch(std::shared_ptr<const record_batch> records);
  bool begin_again(std::size_t read_bytes);
  bool refold(fold_and_views& anew, std::size_t read_bytes);
  void publish(std::shared_ptr<const decided_batch> batch);
  void count(const decided_batch& batch);
  void move_position(offset to);
  std::uint64_t committable() const;
  void look_at_front();
  void show_committed();
  void note_failure(const std::string& why);
  void note_failed_question(const std::exception& why);
  void note_store_trouble(const std::string& why);
  void note_store_works();

  log& events_;
  const partition_id partition_;
  state_store& store_;
  partition_gate& gate_;
  const bool with_views_;
  std::unique_ptr<fold_and_views> in_;  // changes under the gate
  // While it begins again; the fold thread's alone.
  struct second_state {
    std::unique_ptr<partition_store> store;
    partition_gate gate;
    std::unique_ptr<fold_and_views> in;
  };
  std::unique_ptr<second_state> anew_;
  const subscribers& subscribers_;
  std::function<void()> wake_ = [] {};
  std::function<void()> commit_by_hand_;
  bool dirty_ = false;
  std::size_t front_bytes_max_ = std::size_t{16} << 20;
  std::atomic<bool> front_full_{false};

  std::atomic<std::uint64_t> decided_, position_, committed_;
  std::atomic<std::uint64_t> accepted_{0}, duplicates_{0}, rejected_{0}, ignored_{0};
  std::atomic<int> commit_awaited_{0};
  // False from the beginning for a partition that is not open, until it was checked against the
  // log.
  std::atomic<bool> checked_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> unreadable_{false};
  std::atomic<bool> abandoned_{false};  // nothing more is committed
  // What may pass of the store: a commit failed; what was decided since the last one is to be
  // decided anew, since a read failed within a record; a reader's question failed lately.
  std::atomic<bool> unsaved_{false}, begin_again_{false}, misread_{false};

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable committed_moved_;
  std::string why_stopped_, why_waiting_, why_unsaved_;
  bool closed_ = false;
  struct question {
    std::function<void(result<>)> done;
    std::chrono::microseconds since;  // 0: before the first tick
  };
  std::multimap<offset, question> waiting_;
  std::chrono::microseconds now_{};  // at the last tick
  std::chrono::microseconds misread_at_{};
  std::uint64_t given_up_ = 0;
};

}  // namespace roomlog
