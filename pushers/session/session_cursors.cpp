// A session's subscriptions: how cursors move and what they put on the wire.
#include <algorithm>

#include "pushers/session/session.h"

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

subscription* session::find_subscription(std::string_view room_key) {
  if (subscriptions_.empty()) return nullptr;
  const auto* feed = context_.rooms.find(room_key);
  if (feed == nullptr) return nullptr;
  for (auto& sub : subscriptions_)
    if (sub->feed == feed) return sub.get();
  return nullptr;
}

void session::add_subscription(std::string_view room_key, seq_no next, seq_no head) {
  auto sub = std::make_unique<subscription>();
  sub->owner = this;
  sub->serial = ++serial_;
  sub->next = next;
  sub->granted = head;
  context_.rooms.attach(*sub, room_key, head);
  ++context_.counters.subscriptions;
  subscriptions_.push_back(std::move(sub));
  settle(*subscriptions_.back());
}

void session::end_subscription(subscription& sub) {
  unlist(ready_, sub);
  unlist(behind_, sub);
  acked_bytes_ -= sub.acked.bytes();
  context_.rooms.detach(sub);
  --context_.counters.subscriptions;
  const auto at = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                               [&](const auto& owned) { return owned.get() == &sub; });
  std::swap(*at, subscriptions_.back());
  subscriptions_.pop_back();
}

void session::end_all_subscriptions() {
  while (!subscriptions_.empty()) end_subscription(*subscriptions_.back());
}

void session::on_ready(subscription& sub) {
  ready_.push_back(&sub);
  env_.wake();
}

// Only over events that the tail has: of these alone it is known whether they put the user out. An
// ack may come although the batch of its event was dropped; the event is then looked at in a page.
void session::skip_acked(subscription& sub) {
  const auto& tail = sub.feed->tail;
  if (sub.acked.empty()) return;
  const auto end = sub.next < tail.begin() ? sub.next : tail.end();
  const auto before = sub.acked.bytes();
  sub.next = sub.acked.skip(sub.next, end);
  acked_bytes_ += sub.acked.bytes() - before;
}

void session::settle(subscription& sub) {
  skip_acked(sub);
  if (sub.next > sub.last) return end_subscription(sub);
  const auto& tail = sub.feed->tail;
  if (sub.next < tail.begin()) {
    if (!sub.behind) behind_.push_back(&sub);
    sub.behind = true;
    env_.wake();
  } else if (sub.next < tail.end()) {
    if (sub.ready) return;
    sub.ready = true;
    on_ready(sub);
  } else if (!sub.live_said && sub.next > sub.granted) {
    sub.live_said = true;
    frames::live(json(), sub.feed->name(), seq_no{sub.next.value - 1});
    send_json();
  }
}

// ---- from the tail ----

void session::prepare() {
  run_asked();
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

void session::gather(gather_list& out) {
  context_.offered.clear();
  for (auto* sub : ready_) {
    if (out.full()) return;
    gather_from(*sub, out);
  }
}

void session::gather_from(subscription& sub, gather_list& out) {
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
    context_.offered.push_back({&sub, from, frames.until, frames.bytes.size()});
    from = frames.until;
  }
}

void session::consumed(std::size_t bytes, std::string& buffer) {
  for (const auto& range : context_.offered) {
    if (bytes < range.bytes) return advance_within(range, bytes, buffer);
    bytes -= range.bytes;
    range.sub->next = range.until;
    context_.counters.events_delivered += range.until.value - range.from.value;
  }
}

void session::advance_within(const offered_range& range, std::size_t bytes, std::string& buffer) {
  auto seq = range.from;
  while (bytes != 0) {
    const auto frame = range.sub->feed->tail.frame(seq);
    ++seq;
    if (bytes < frame.size()) {
      buffer.append(frame.substr(bytes));
      break;
    }
    bytes -= frame.size();
  }
  range.sub->next = seq;
  context_.counters.events_delivered += seq.value - range.from.value;
}

// ---- from pages ----

void session::on_drained(moment now) {
  resume(now);
  load_next_page(now);
}

void session::load_next_page(moment now) {
  if (page_open_ || behind_.empty() || phase_ == phase::closing || out_.waiting() != 0 ||
      now.steady < page_retry_)
    return;
  auto& sub = *behind_.front();
  behind_.erase(behind_.begin());
  sub.behind = false;
  sub.loading = true;
  page_open_ = true;
  ++context_.counters.pages;
  env_.load_page(
      {sub.feed->key(), who_.user, sub.next, sub.granted, context_.limits.page_bytes, sub.serial});
}

void session::on_page(loaded_page page, moment now) {
  if (phase_ == phase::closing) return;
  page_open_ = false;
  run_asked();
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
    ++context_.counters.page_errors;
    page_retry_ = now.steady + page_retry_after;
  }
  settle(sub);
}

bool session::step_over_lost(subscription& sub, seq_no first_available) {
  const auto first = std::min(first_available, sub.feed->tail.begin());
  if (first <= sub.next) return false;
  const seq_no gone{first.value - 1};
  // The event that put the user out may be among what is lost.
  const bool may_be_out = sub.last.value == UINT64_MAX && gone > sub.granted;
  if (may_be_out) {
    const auto role = context_.fold.role_of(sub.feed->key(), who_.user);
    if (!role) return false;  // not known now: the page is read again
    if (*role == member_role::none) sub.last = gone;
  }
  ++context_.counters.lost_ranges;
  frames::lost(json(), sub.feed->name(), {sub.next, std::min(sub.last, gone)});
  send_json();
  sub.next = first;
  return true;
}

void session::take_page(subscription& sub, const loaded_page& page) {
  sub.last = std::min(sub.last, page.last);
  std::uint32_t begin = 0;
  for (const auto& frame : page.frames) {
    if (frame.seq > sub.last) break;
    if (!sub.acked.contains(frame.seq)) {
      out_.append_bytes(std::string_view(page.bytes).substr(begin, frame.end - begin));
      ++context_.counters.events_delivered;
    }
    begin = frame.end;
    sub.next = next(frame.seq);
  }
#ifdef ROOMLOG_BUG_HOLE_BEFORE_LIVE
  if (sub.next > sub.granted) sub.next = std::max(sub.next, sub.feed->tail.end());
#endif
  env_.wake();
}

}  // namespace roomlog
