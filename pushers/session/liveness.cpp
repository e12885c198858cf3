#include "pushers/session/liveness.h"

#include <algorithm>

#include "pushers/transport/ws_frame.h"

namespace roomlog {

using std::chrono::microseconds;

namespace {

constexpr std::size_t ping_frame_bytes = 2;

}  // namespace

liveness::action liveness::on_tick(const client_times& times, microseconds now,
                                   std::size_t output_waiting, const peer_progress& progress) {
  checked_ = now;
  // The ping itself, unanswered, is no output that waits.
  const auto own = pings_ * ping_frame_bytes;
  if (output_waiting > own || progress.unacknowledged > own) busy_ = now;
  if (pings_ == 0) {
    if (now - heard_ < times.ping * 2 / 5) return action::none;
    // The connection may not be read at the moment; its kernel knows better.
    heard_ = std::max(heard_, now - microseconds(progress.since_data));
    if (now - heard_ < times.ping * 2 / 5) return action::none;
    pings_ = 1;
    pinged_ = now;
    return action::ping;
  }
  if (now - microseconds(progress.since_data) > pinged_) {
    on_heard(now - microseconds(progress.since_data));
    return action::none;
  }
  const bool slow = now - busy_ < times.slow_ping;
  if (progress.unacknowledged != 0 && progress.since_ack >= times.no_progress) return action::gone;
  return now - pinged_ >= (slow ? times.slow_ping : times.ping * 2) ? action::dead : action::none;
}

microseconds liveness::due(const client_times& times) const {
  if (pings_ == 0) return heard_ + times.ping * 2 / 5;
  const auto deadline = pinged_ + times.ping * 2;
  return checked_ < deadline ? deadline : checked_ + times.ping / 2;
}

}  // namespace roomlog
