#include "ingress/lane_fence.h"

#include <algorithm>

namespace roomlog {

bool lane_fence::doubt(state in) {
  if (state_ != in) return false;
  state_ = state::catching_up;
  wanted_ = true;
  return true;
}

std::optional<std::uint64_t> lane_fence::begin_round() {
  if (!wanted_ || state_ == state::stopped) return std::nullopt;
  wanted_ = false;
  state_ = state::catching_up;
  return ++round_;
}

void lane_fence::propose(std::uint64_t known, std::uint64_t nonce,
                         std::chrono::microseconds until) {
  proposed_ = {std::max(known, proposed_.counter) + 1, nonce};
  state_ = state::fencing;
  until_ = until;
}

lane_fence::reading lane_fence::read_back(const lane_incarnation& fence, bool in_force) {
  if (state_ == state::fencing && fence == proposed_) {
    if (!in_force) return reading::overtaken;
    taken_ = proposed_;
    own_nonces_.clear();  // of older ones none is taken any more
    state_ = state::ready;
    return reading::taken;
  }
  const bool is_ours = own_nonces_.contains(fence.nonce);
  if (!in_force || is_ours || taken_.counter == 0 || fence.counter <= taken_.counter) {
    return reading::past;
  }
  return reading::foreign;
}

void lane_fence::stop() {
  state_ = state::stopped;
  wanted_ = false;
}

}  // namespace roomlog
