// One partition's way into the log: its fence (lane_fence), its append numbers (lane_writer), the
// checks that answer at once (lane_checks) and its undecided commands (pending_set), under one
// lock. The hand-over to the log is under that lock too, so numbers and records keep one order.
//
// Commands wait in the backlog while the lane is not ready. After a new fence what was appended
// under the old one and is still undecided goes first, in its order, with its deadlines: its old
// records are stale from the fence on, so no command has two live appends.
#pragma once

#include <memory>
#include <mutex>

#include "ingress/lane_checks.h"
#include "ingress/lane_context.h"
#include "ingress/lane_fence.h"
#include "ingress/lane_submission.h"
#include "ingress/lane_writer.h"
#include "ingress/late_refusals.h"
#include "ingress/pending_set.h"
#include "projections/fold/decided.h"

namespace roomlog {

// Thread-safe. Held by shared_ptr: the fold and the log call back.
class lane : public std::enable_shared_from_this<lane> {
 public:
  lane(std::shared_ptr<lane_context> context, partition_id partition);

  void start();
  bool ready() const;
  // Whether it was ever ready.
  bool begun() const;
  // False while this partition's fold is stopped: commands are then refused as unavailable.
  bool can_decide() const { return context_->fold.can_decide(partition_); }
  // Whether start() is ack_timeout or more ago.
  bool has_tried() const;
  std::size_t in_flight() const;
  std::optional<command_outcome> submit(lane_submission submission);
  void on_decided(const decided_batch& batch, std::vector<addressed_outcome>& answers);
  void tick(std::vector<addressed_outcome>& answers);
  void connection_closed(std::uint64_t connection);

 private:
  using answers_to = std::vector<addressed_outcome>;
  using owned = pending_set::owned;
  using state = lane_fence::state;

  // All but those named _unlocked hold the lock.
  // ---- lane_submit.cpp: the way in ----
  std::optional<command_outcome> submit_locked(lane_submission& s, offset log_end);
  void attach(pending_command& same, const lane_submission& s, offset log_end);
  std::optional<command_outcome> enqueue(lane_submission s, command_toll toll);
  // Hands the backlog to the log as far as it goes.
  result<> append_backlog();

  // ---- lane.cpp: the ways out ----
  void on_own_record(const decided_event& d, answers_to& answers);
  void tell_late_waiters(answers_to& answers);
  void tell_late_refusals(answers_to& answers);
  void track_load();

  // ---- lane_fencing.cpp ----
  void doubt(state in);      // asks for a new fence, if this is still the state
  void catch_up_unlocked();  // begins one that was asked for
  void on_caught_up(std::uint64_t round, const result<>& outcome);
  void on_fence(const decided_event& d, answers_to& answers);
  void take_reports(answers_to& answers);
  void on_lost_append(const append_report& report, answers_to& answers);
  void stop(answers_to& answers);

  const std::shared_ptr<lane_context> context_;
  const partition_id partition_;

  mutable std::mutex mutex_;
  std::chrono::microseconds started_at_{};
  timestamp log_time_;  // append time of the last record that was read back
  lane_fence fence_;
  lane_writer writer_;
  pending_set pending_;
  late_refusals late_;
  lane_checks checks_;
  std::size_t counted_size_ = 0, counted_bytes_ = 0;  // of all these in the context's sums
};

}  // namespace roomlog
