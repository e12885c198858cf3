#include "pushers/rooms/direct_pass.h"

#include <algorithm>

namespace roomlog {

namespace {

void wake(subscription& sub) {
  if (sub.ready) return;
  sub.ready = true;
  sub.owner->on_ready(sub);
}

}  // namespace

void direct_pass::begin(room_feed& feed) {
  auto& subs = feed.subscriptions_;
  // While a pass is due, the direct ones stand below what the others have had.
  const bool admits = !feed.pass_due_;
  if (subs.direct().empty()) feed.direct_next_ = feed.end_before_;
  for (auto i = subs.direct().size(); i < subs.all().size(); ++i) {
    auto& sub = *subs.all()[i];
    if (admits && sub.rests_at(feed.end_before_) && outputs_.is_idle(sub.output))
      subs.make_direct(sub);
    else
      wake(sub);
  }
  if (subs.direct().empty() || feed.pass_due_) return;
  feed.pass_due_ = true;
  due_.push_back(&feed);
}

void direct_pass::leave(subscription& sub) {
  auto& feed = *sub.feed;
  if (!feed.subscriptions_.is_direct(sub)) return;
  sub.next = feed.direct_next_;
  feed.subscriptions_.make_other(sub);
  if (sub.next < feed.tail.end()) wake(sub);
}

void direct_pass::forget(const room_feed& feed) {
  if (feed.pass_due_) due_.erase(std::find(due_.begin(), due_.end(), &feed));
}

void direct_pass::prepare() {
  for (auto* feed : due_) leave_if_special(*feed);
  if (due_.size() > 1) leave_if_in_several();
}

void direct_pass::leave_if_special(room_feed& feed) {
  const auto& subs = feed.subscriptions_;
  const bool lost = feed.direct_next_ < feed.tail.begin();
  // From the back, since who leaves is replaced by the last one.
  for (auto i = subs.direct().size(); i-- != 0;)
    if (lost || !outputs_.is_idle(subs.direct()[i])) leave(*subs.all()[i]);
}

void direct_pass::leave_if_in_several() {
  marks_.resize(outputs_.size());
  const auto once = last_mark_ + 1, again = last_mark_ + 2;
  last_mark_ = again;
  for (const auto* feed : due_)
    for (const auto at : feed->subscriptions_.direct()) {
      auto& mark = marks_[static_cast<std::size_t>(at)];
      mark = mark == once || mark == again ? again : once;
    }
  for (const auto* feed : due_) {
    const auto& subs = feed->subscriptions_;
    for (auto i = subs.direct().size(); i-- != 0;)
      if (marks_[static_cast<std::size_t>(subs.direct()[i])] == again) leave(*subs.all()[i]);
  }
}

bool direct_pass::run() {
  for (auto* feed : due_) send_to(*feed);
  std::erase_if(due_, [](room_feed* feed) {
    feed->pass_due_ =
        feed->direct_next_ < feed->tail.end() && !feed->subscriptions_.direct().empty();
    return !feed->pass_due_;
  });
  return !due_.empty();
}

void direct_pass::send_to(room_feed& feed) {
  auto& subs = feed.subscriptions_;
  if (subs.direct().empty()) return;
  const auto from = feed.direct_next_;
  auto until = from;
  gather_list pieces(limits_.flush_bytes_max);
  while (until < feed.tail.end() && !pieces.full()) {
    const auto frames = feed.tail.range(until, feed.tail.end(), pieces.room());
    pieces.add(frames.bytes);
    until = frames.until;
  }
  cut_.clear();
  const auto count = subs.direct().size();
  outputs_.send(subs.direct(), pieces, cut_);
  feed.direct_next_ = until;
  events_delivered_ += (count - cut_.size()) * (until.value - from.value);
  for (auto at = cut_.rbegin(); at != cut_.rend(); ++at) {
    auto& sub = *subs.all()[at->index];
    sub.next = from;
    subs.make_other(sub);
    sub.ready = true;
    sub.owner->on_sent_part(sub, at->bytes);
  }
}

}  // namespace roomlog
