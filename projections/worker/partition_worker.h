// The worker of one partition, the same in every role: cursor → fold → publish the decided batch →
// commit state, views and checkpoints. It has no thread of its own: a fold_loop drives it.
//
//   committed ≤ position ≤ decided ≤ end of the log
//       |          |          └ decided: under the gate; readers of the state see up to here
//       |          └ position: its batch was published, when_folded() calls up to here were made
//       └ committed: in the store; readers of a view that is level see up to here
//
// Its parts: what it decides into (fold_and_views), who waits for it (fold_questions), what is
// committed (commit_mark), what keeps it from going on (worker_trouble), and what brings views up
// that are behind (view_feed).
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "projections/worker/commit_mark.h"
#include "projections/worker/decode_batch.h"
#include "projections/worker/driven_partition.h"
#include "projections/worker/fold_and_views.h"
#include "projections/worker/fold_questions.h"
#include "projections/worker/verdict_counts.h"
#include "projections/worker/view_feed.h"
#include "projections/worker/view_marks.h"
#include "projections/worker/worker_trouble.h"

namespace roomlog {

struct worker_setup {
  partition_id partition;
  std::vector<view_entry> views;  // that are kept; keys of others are removed
  // Nothing is decided from here on.
  offset until = no_limit;
  read_function read = &log::read_without_waiting;
};

class partition_worker final : public driven_partition,
                               public std::enable_shared_from_this<partition_worker> {
 public:
  using subscribers = std::vector<std::function<void(const decided_batch_ptr&)>>;

  // Everything given outlives the worker. `subscribers` does not change once step() was called.
  partition_worker(log& events, state_store& store, worker_setup setup,
                   const subscribers& subscribers);

  // Whether the checkpoints belong to this log, and whether it still has what comes after them;
  // errc::damaged where not. Before the first step(), or on the fold's thread where the partition
  // opens later: until then nothing is read, and nobody is told that the fold is level.
  result<> check_against_log();

  // ---- the fold thread's ----
  bool step(std::size_t read_bytes) override;
  bool follow() override;
  bool wants_retry() const override;
  bool wants_commit() const override;
  bool commit_awaited() const override { return commit_.awaited(); }
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
  void close() { questions_.close(); }

  // ---- any thread's ----
  partition_id partition() const override { return setup_.partition; }
  fold_status status() const;
  offset position() const { return questions_.position(); }
  // Whether records get a verdict here: not once the worker has stopped for good, nor while the
  // store does not work.
  bool can_decide() const { return trouble_.can_decide(); }
  offset log_end() const { return events_.bounds(partition()).end; }
  const view_marks& views() const { return marks_; }
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
      const auto lock = gate_.enter_shared();
      look_at_front();
      return question(in_->fold);
    } catch (const std::exception& e) {
      note_failed_question(e);
      return error{errc::unavailable, e.what()};
    }
  }

 private:
  template <class Work>
  bool guarded(Work&& work);
  // Whether the partition is open and was found to fit.
  bool fits();
  result<bool> compare_with_log(read_function how);
  // Null where there is nothing to decide now: it is on its way, the worker waits, or has stopped.
  std::shared_ptr<const record_batch> read(offset from, std::size_t read_bytes);
  bool decide_batch(std::shared_ptr<const record_batch> records);
  bool begin_again(std::size_t read_bytes);
  bool refold(fold_and_views& anew, std::size_t read_bytes);
  void give_up_views();
  void show_committed();
  void look_at_front();
  void note_failed_question(const std::exception& why);

  log& events_;
  state_store& store_;
  const worker_setup setup_;
  partition_gate& gate_;
  std::unique_ptr<fold_and_views> in_;  // changes under the gate
  // While it begins again; the fold thread's alone.
  struct second_state {
    std::unique_ptr<partition_store> store;
    partition_gate gate;
    std::unique_ptr<fold_and_views> in;
  };
  std::unique_ptr<second_state> anew_;
  view_feed feed_;
  const subscribers& subscribers_;
  std::function<void()> wake_ = [] {};
  std::function<void()> commit_by_hand_;
  bool dirty_ = false;
  bool read_under_way_ = false;  // for the fold: the log answers one position at a time
  bool reads_storage_ = false;   // the fold: its last read had to be waited for
  std::size_t front_bytes_max_ = std::size_t{16} << 20;
  std::atomic<bool> front_full_{false};
  std::atomic<std::uint64_t> decided_;
  verdict_counts counts_;
  fold_questions questions_;
  commit_mark commit_;
  view_marks marks_;
  worker_trouble trouble_;
};

}  // namespace roomlog
