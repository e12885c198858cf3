// One partition's way into the log: its fence, its append numbers and its undecided commands, under
// one lock. The hand-over to the log is under that lock too, so numbers and records keep one order.
//
//   idle ─start─► catching_up ──the fold is at the log's end──► fencing ──fence read back──► ready
//                     ▲                                            │                          │
//                     └───────── doubt: out_of_order, a failed append, a lost fence ◄─────────┘
//   any ── another process holds our gateway id, the log failed ──► stopped
//
// Commands wait in the backlog while the lane is not ready. After a new fence what was appended
// under the old one and is still undecided goes first, in its order, with its deadlines: its old
// records are stale from the fence on, so no command has two live appends.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_set>

#include "ingress/append_reports.h"
#include "ingress/lane_context.h"
#include "ingress/late_refusals.h"
#include "ingress/pending_set.h"

namespace roomlog {

// A command after the checks of form, with everything that is fixed when it comes in.
struct lane_submission {
  command_origin from;
  std::string user_key;    // "tenant/user"
  command_record command;  // with room and cid, without times
  bool unlimited = false;
  bool cid_is_ours = false;
  user_load_ptr load{};  // the user's, once it is needed
};

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
  enum class state { idle, catching_up, fencing, ready, stopped };
  struct incarnation {
    std::uint64_t counter = 0, nonce = 0;
  };
  using answers_to = std::vector<addressed_outcome>;
  using owned = pending_set::owned;

  // ---- lane_submit.cpp: the way in. All but those named _unlocked hold the lock. ----
  std::optional<command_outcome> submit_locked(lane_submission& s, offset log_end);
  void attach(pending_command& same, const lane_submission& s, offset log_end);
  std::optional<client_error> refusal(const lane_submission& s, offset log_end, command_toll& toll);
  std::optional<client_error> over_limit(const lane_submission& s, command_toll& toll);
  // Whether the room's own refusal can be told here: nothing that could change it is undecided.
  bool knows_room(const lane_submission& s, offset log_end) const;
  // What is refused by rate or content, once the room has had its say before them.
  std::optional<command_outcome> after_room(lane_submission s, client_error refused,
                                            offset log_end);
  bool overloaded(const user_load& user) const;
  // Of all that counts as in flight here.
  std::size_t size() const { return pending_.size() + late_.size(); }
  std::size_t bytes() const { return pending_.bytes() + late_.bytes(); }
  timestamp deadline_of(timestamp handed_over) const;
  std::optional<command_outcome> enqueue(lane_submission s, command_toll toll);
  // Hands the backlog to the log as far as it goes.
  result<> append_backlog();

  // ---- lane.cpp: the ways out ----
  void tell_late_refusals(answers_to& answers);
  void settle(owned command, const command_outcome& outcome, answers_to& answers);
  void settle_all(std::vector<owned> commands, answers_to& answers);
  void tell_undecidable(answers_to& answers);
  void on_own_record(const decided_event& d, answers_to& answers);
  void compare_clocks(const decided_event& d);
  void track_load();

  // ---- lane_fence.cpp ----
  void doubt(state in);      // asks for a new fence, if this is still the state
  void catch_up_unlocked();  // begins one that was asked for
  void on_caught_up(std::uint64_t round, const result<>& outcome);
  void append_fence(std::uint64_t known);
  void on_fence(const decided_event& d, answers_to& answers);
  void take_reports(answers_to& answers);
  void on_failed_log(const std::string& failure, answers_to& answers);
  void stop(answers_to& answers);

  const std::shared_ptr<lane_context> context_;
  const partition_id partition_;
  const std::shared_ptr<append_reports> reports_ = std::make_shared<append_reports>();

  mutable std::mutex mutex_;
  state state_ = state::idle;
  bool fence_wanted_ = false;
  std::uint64_t round_ = 0;       // of catching up; older calls back are ignored
  incarnation taken_, proposed_;  // the fence that holds; the one that waits to be read back
  std::chrono::microseconds fence_until_{}, started_at_{};
  std::unordered_set<std::uint64_t> own_nonces_;  // of fences appended since one was taken
  std::uint64_t next_number_ = 1;
  timestamp log_time_;  // append time of the last record that was read back
  pending_set pending_;
  late_refusals late_;
  std::size_t counted_size_ = 0, counted_bytes_ = 0;  // of all these in the context's sums
};

}  // namespace roomlog
