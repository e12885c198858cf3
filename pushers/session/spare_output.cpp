#include "pushers/session/spare_output.h"

namespace roomlog {

namespace {

// Said at a time, so that what comes meanwhile is not behind much.
constexpr std::size_t said_at_once_max = 16 * 1024;

}  // namespace

void spare_outputs::add(spare_output& output) {
  auto** place = &first_;
  while (*place != nullptr && (*place)->rank_ <= output.rank_) place = &(*place)->next_;
  output.next_ = *place;
  *place = &output;
}

void spare_outputs::remove(spare_output& output) {
  auto** place = &first_;
  while (*place != nullptr && *place != &output) place = &(*place)->next_;
  if (*place != nullptr) *place = output.next_;
  output.next_ = nullptr;
}

void spare_outputs::run(session_replies& replies, bool events_wait) {
  if (replies.waiting() >= replies.context().limits.output_bytes_max) {
    for (auto* output = first_; output != nullptr; output = output->next_) output->shed();
    return;
  }
  if (events_wait || replies.waiting() != 0) return;
  for (auto* output = first_; output != nullptr; output = output->next_) {
    if (replies.waiting() >= said_at_once_max) return;
    output->say(replies, said_at_once_max - replies.waiting());
  }
}

}  // namespace roomlog
