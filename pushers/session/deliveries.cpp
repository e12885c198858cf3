#include "pushers/session/deliveries.h"

#include <algorithm>

#include "log/base/planted_bug.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

namespace {

constexpr std::chrono::milliseconds page_retry_after{200};

void unlist(std::vector<subscription*>& list, subscription& sub) {
  const auto at = std::find(list.begin(), list.end(), &sub);
  if (at != list.end()) list.erase(at);
}

// The "next" seq up to which the tail may be sent.
seq_no tail_until(const subscription& sub) {
  const auto end = sub.feed->tail.end();
  return sub.last < end ? next(sub.last) : end;
}

}  // namespace

subscription* deliveries::find(std::string_view room_key) {
  if (subscriptions_.empty()) return nullptr;
  const auto* feed = context().rooms.find(room_key);
  if (feed == nullptr) return nullptr;
  for (auto& sub : subscriptions_)
    if (sub->feed == feed) return sub.get();
  return nullptr;
}

void deliveries::add(std::string_view room_key, seq_no next, seq_no head) {
  auto sub = std::make_unique<subscription>();
  sub->owner = this;
  sub->serial = ++serial_;
  sub->next = next;
  sub->granted = head;
  sub->output = replies_.env().place_for_direct();
  context().rooms.attach(*sub, room_key, head);
  ++context().counters.subscriptions;
  subscriptions_.push_back(std::move(sub));
  settle(*subscriptions_.back());
}

void deliveries::end(subscription& sub) {
  unlist(ready_, sub);
  unlist(behind_, sub);
  acked_bytes_ -= sub.acked.bytes();
  context().rooms.detach(sub);
  --context().counters.subscriptions;
  const auto at = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                               [&](const auto& owned) { return owned.get() == &sub; });
  std::swap(*at, subscriptions_.back());
  subscriptions_.pop_back();
}

void deliveries::end(std::string_view room_key) {
  if (auto* sub = find(room_key)) end(*sub);
}

void deliveries::end_all() {
  while (!subscriptions_.empty()) end(*subscriptions_.back());
}

void deliveries::on_ready(subscription& sub) {
  ready_.push_back(&sub);
  replies_.env().wake();
}

void deliveries::on_sent_part(subscription& sub, std::size_t bytes) {
  const offered_range range{&sub, sub.next, sub.feed->tail.end(), bytes};
  replies_.append_frames(advance_within(range, bytes));
  on_ready(sub);
}

// Only over events that the tail has: of these alone it is known whether they put the user out. An
// ack may come although the batch of its event was dropped; the event is then looked at in a page.
void deliveries::skip_acked(subscription& sub) {
  const auto& tail = sub.feed->tail;
  if (sub.acked.empty()) return;
  const auto end = sub.next < tail.begin() ? sub.next : tail.end();
  const auto before = sub.acked.bytes();
  sub.next = sub.acked.skip(sub.next, end);
  acked_bytes_ += sub.acked.bytes() - before;
}

void deliveries::settle(subscription& sub) {
  skip_acked(sub);
  if (sub.next > sub.last) return end(sub);
  const auto& tail = sub.feed->tail;
  if (sub.next < tail.begin()) {
    if (!sub.behind) behind_.push_back(&sub);
    sub.behind = true;
    replies_.env().wake();
  } else if (sub.next < tail.end()) {
    if (sub.ready) return;
    sub.ready = true;
    on_ready(sub);
  } else if (!sub.live_said && sub.next > sub.granted) {
    sub.live_said = true;
    frames::live(replies_.json(), sub.feed->name(), seq_no{sub.next.value - 1});
    replies_.send();
  }
}

void deliveries::note_acked(std::string_view room_key, seq_no seq) {
  auto* sub = find(room_key);
  if (sub == nullptr) return;
  context().rooms.leave_direct(*sub);
  if (seq < sub->next || planted("own_event_pushed_after_ack")) return;
  const auto before = sub->acked.bytes();
  sub->acked.add(seq);
  acked_bytes_ += sub->acked.bytes() - before;
}

void deliveries::forget_acked() {
  for (auto& sub : subscriptions_) sub->acked = {};
  acked_bytes_ = 0;
}

// ---- from the tail ----

void deliveries::prepare() {
  // Those with nothing to send from the tail leave the list; the others take turns.
  for (std::size_t i = 0; i < ready_.size();) {
    auto& sub = *ready_[i];
    skip_acked(sub);
    const bool sends = !sub.behind && !sub.loading && sub.next >= sub.feed->tail.begin() &&
                       sub.next < tail_until(sub);
    if (sends) {
      ++i;
      continue;
    }
    sub.ready = false;
    ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
    if (!sub.behind && !sub.loading) settle(sub);
  }
  if (ready_.size() > 1) std::rotate(ready_.begin(), ready_.begin() + 1, ready_.end());
}

void deliveries::gather(gather_list& out) {
  context().offered.clear();
  for (auto* sub : ready_) {
    if (out.full()) return;
    gather_from(*sub, out);
  }
}

void deliveries::gather_from(subscription& sub, gather_list& out) {
  const auto until = tail_until(sub);
  auto from = sub.next;
  while (from < until && !out.full()) {
    const auto stop = sub.acked.empty() ? until : sub.acked.first_from(from, until);
    if (stop == from) {
      ++from;
      continue;
    }
    const auto frames = sub.feed->tail.range(from, stop, out.room());
    out.add(frames.bytes);
    context().offered.push_back({&sub, from, frames.until, frames.bytes.size()});
    from = frames.until;
  }
}

void deliveries::consumed(std::size_t bytes, std::string& buffer) {
  for (const auto& range : context().offered) {
    if (bytes < range.bytes) {
      buffer.append(advance_within(range, bytes));
      return;
    }
    bytes -= range.bytes;
    range.sub->next = range.until;
    context().counters.events_delivered += range.until.value - range.from.value;
  }
}

std::string_view deliveries::advance_within(const offered_range& range, std::size_t bytes) {
  auto seq = range.from;
  std::string_view rest;
  while (bytes != 0) {
    const auto frame = range.sub->feed->tail.frame(seq);
    ++seq;
    if (bytes < frame.size()) {
      rest = frame.substr(bytes);
      break;
    }
    bytes -= frame.size();
  }
  range.sub->next = seq;
  context().counters.events_delivered += seq.value - range.from.value;
  return rest;
}

// ---- from pages ----

void deliveries::load_next_page(moment now) {
  if (page_open_ || behind_.empty() || replies_.waiting() != 0 || now.steady < page_retry_) return;
  auto& sub = *behind_.front();
  behind_.erase(behind_.begin());
  sub.behind = false;
  sub.loading = true;
  page_open_ = true;
  ++context().counters.pages;
  replies_.env().load_page(
      {sub.feed->key(), user_, sub.next, sub.granted, context().limits.page_bytes, sub.serial});
}

void deliveries::on_page(const loaded_page& page, moment now) {
  page_open_ = false;
  const auto at = std::find_if(subscriptions_.begin(), subscriptions_.end(), [&](const auto& sub) {
    return sub->serial == page.serial && sub->loading;
  });
  if (at == subscriptions_.end()) return load_next_page(now);  // of a subscription that has ended
  auto& sub = **at;
  sub.loading = false;
  const bool cut = !page.failed && step_over_lost(sub, page.first_available);
  const bool fits = !page.failed && !page.frames.empty() && page.frames.front().seq == sub.next;
  if (fits) {
    take_page(sub, page);
  } else if (!cut) {
    ++context().counters.page_errors;
    page_retry_ = now.steady + page_retry_after;
  }
  settle(sub);
}

bool deliveries::step_over_lost(subscription& sub, seq_no first_available) {
  const auto first = std::min(first_available, sub.feed->tail.begin());
  if (first <= sub.next) return false;
  const seq_no gone{first.value - 1};
  // The event that put the user out may be among what is lost.
  const bool may_be_out = sub.last == subscription::no_end && gone > sub.granted;
  if (may_be_out) {
    const auto role = context().fold.role_of(sub.feed->key(), user_);
    if (!role) return false;  // not known now: the page is read again
    if (*role == member_role::none) sub.last = gone;
  }
  ++context().counters.lost_ranges;
  frames::lost(replies_.json(), sub.feed->name(), {sub.next, std::min(sub.last, gone)});
  replies_.send();
  sub.next = first;
  return true;
}

void deliveries::take_page(subscription& sub, const loaded_page& page) {
  sub.last = std::min(sub.last, page.last);
  std::uint32_t begin = 0;
  for (const auto& frame : page.frames) {
    if (frame.seq > sub.last) break;
    if (!sub.acked.contains(frame.seq)) {
      replies_.append_frames(std::string_view(page.bytes).substr(begin, frame.end - begin));
      ++context().counters.events_delivered;
    }
    begin = frame.end;
    sub.next = next(frame.seq);
  }
  if (planted("hole_before_live") && sub.next > sub.granted) {
    sub.next = std::max(sub.next, sub.feed->tail.end());
  }
  replies_.env().wake();
}

std::chrono::microseconds deliveries::due() const {
  const bool wants_page = !behind_.empty() && !page_open_ && replies_.waiting() == 0;
  return wants_page ? page_retry_ : never;
}

}  // namespace roomlog
