// The fence of one lane as a state machine, without log and clock:
//
//   idle ─want─► catching_up ──the fold is at the log's end──► fencing ──fence read back──► ready
//                     ▲                                           │                          │
//                     └───────── doubt: out_of_order, a failed append, a lost fence ◄────────┘
//   any ── another process holds our gateway id, the log failed ──► stopped
//
// Not thread-safe: belongs to the lane's lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>

namespace roomlog {

// One life of a gateway in one partition, under one fence.
struct lane_incarnation {
  std::uint64_t counter = 0, nonce = 0;
  friend bool operator==(const lane_incarnation&, const lane_incarnation&) = default;
};

class lane_fence {
 public:
  enum class state { idle, catching_up, fencing, ready, stopped };

  state now() const { return state_; }
  bool is(state s) const { return state_ == s; }
  // The one that holds; counter 0: none ever did.
  const lane_incarnation& taken() const { return taken_; }
  // The one that waits to be read back.
  const lane_incarnation& proposed() const { return proposed_; }

  // Asks for a new fence.
  void want() { wanted_ = true; }
  bool is_wanted() const { return wanted_; }
  // The same if this is still the state; else a new one is on its way already, and it is false.
  bool doubt(state in);
  // Begins to catch up, if a fence is wanted: the round, which older calls back do not have.
  std::optional<std::uint64_t> begin_round();
  bool is_round(std::uint64_t round) const {
    return round == round_ && state_ == state::catching_up;
  }
  // A fence above `known` is being appended, and has until then to be read back.
  void propose(std::uint64_t known, std::uint64_t nonce, std::chrono::microseconds until);
  void handed_over() { own_nonces_.insert(proposed_.nonce); }
  // The log did not take it: it is late at once.
  void not_handed_over(std::chrono::microseconds now) { until_ = now; }
  bool is_late(std::chrono::microseconds now) const { return now >= until_; }

  enum class reading {
    taken,      // ours: the lane is ready
    overtaken,  // ours, and another fence came in between
    foreign,    // another process has our gateway id
    past,       // nothing to do with the present one
  };
  // A fence of this gateway was read back; `in_force` says whether the fold took it.
  reading read_back(const lane_incarnation& fence, bool in_force);
  void stop();

 private:
  state state_ = state::idle;
  bool wanted_ = false;
  std::uint64_t round_ = 0;  // of catching up
  lane_incarnation taken_, proposed_;
  std::chrono::microseconds until_{};
  std::unordered_set<std::uint64_t> own_nonces_;  // of fences appended since one was taken
};

}  // namespace roomlog
