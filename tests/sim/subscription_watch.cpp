#include "tests/sim/subscription_watch.h"

#include <algorithm>

#include "tests/sim/command_book.h"
#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

std::string text_in(const boost::json::object& from, const char* field) {
  const auto* value = from.if_contains(field);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  return boost::json::serialize(*value);
}

}  // namespace

std::string difference(const oracle::room& in, std::uint64_t seq, const boost::json::object& shown,
                       shown_as how) {
  const bool at_rest = how == shown_as::in_page_at_rest;
  const shown_event* right = in.event(seq);
  if (right == nullptr) return "the log has no such event";
  const auto differs = [&](const char* field, const std::string& wanted) -> std::string {
    const std::string is = text_in(shown, field);
    if (is == wanted) return {};
    return std::string(field) + " is \"" + is + "\", right is \"" + wanted + "\"";
  };
  const std::string numbers[] = {std::to_string(right->offset), std::to_string(right->target)};
  const bool says_deleted = text_in(shown, "deleted") == "true";
  if (says_deleted && !right->deleted) return "it is shown as deleted and is not";
  if (at_rest && right->deleted && right->kind == "message" && !says_deleted) {
    return "it is deleted and not shown so";
  }
  for (const auto& problem :
       {differs("kind", right->kind), differs("actor", right->actor), differs("cid", right->cid),
        differs("offset", numbers[0]), differs("ts", time_text(right->time))}) {
    if (!problem.empty()) return problem;
  }
  if (right->kind == "message" || right->kind == "edit") {
    const bool folded = how != shown_as::posted && right->kind == "message";
    const std::string& text = folded ? right->texts.back() : right->text;
    const bool hidden = says_deleted || (at_rest && right->deleted);
    const std::string shown_text = text_in(shown, "text");
    if (hidden && !shown_text.empty()) return "the text of a deleted message is shown";
    const bool stood = how == shown_as::in_page && folded &&
                       std::ranges::find(right->texts, shown_text) != right->texts.end();
    if (!hidden && shown_text != text && !stood) {
      // It may have been deleted since the frame was made.
      if (!(right->deleted && shown_text.empty())) return differs("text", text);
    }
  }
  if (right->target != 0) {
    if (auto problem = differs("target", numbers[1]); !problem.empty()) return problem;
  }
  if (right->kind == "member") {
    for (const auto& problem : {differs("user", right->user), differs("change", right->change)}) {
      if (!problem.empty()) return problem;
    }
  }
  if (right->kind == "reaction") {
    for (const auto& problem : {differs("emoji", right->emoji), differs("op", right->op)}) {
      if (!problem.empty()) return problem;
    }
  }
  return {};
}

void subscription_watch::wrong(const std::string& text) const {
  fail(user_, " in ", room_, ": ", text);
}

void subscription_watch::begin(std::uint64_t after, std::uint64_t head) {
  active_ = true;
  live_ = false;
  next_ = after + 1;
  head_ = head;
  last_ = UINT64_MAX;
  acks_.clear();
}

void subscription_watch::on_ack(std::uint64_t seq, bool puts_user_out) {
  asked_acks_.insert(seq);
  if (active_) acks_.insert(seq);
  if (puts_user_out && active_ && seq > head_) last_ = std::min(last_, seq);
}

void subscription_watch::on_event(const boost::json::object& event) {
  const std::uint64_t seq = event.at("seq").to_number<std::uint64_t>();
  if (!active_) wrong("event " + std::to_string(seq) + " comes without a subscription");
  if (seq > last_) wrong("event " + std::to_string(seq) + " comes after the user was put out");
  if (seq < next_) wrong("event " + std::to_string(seq) + " comes twice");
  if (acks_.contains(seq)) wrong("event " + std::to_string(seq) + " comes after its ack");
  for (; next_ < seq; ++next_) {
    if (acks_.contains(next_) || asked_acks_.contains(next_)) continue;
    wrong("event " + std::to_string(seq) + " comes, and " + std::to_string(next_) + " did not");
  }
  next_ = seq + 1;
  check_shown(event, seq);
  const bool out = text_in(event, "kind") == "member" && text_in(event, "user") == user_ &&
                   (text_in(event, "change") == "left" || text_in(event, "change") == "kicked");
  if (out && seq > head_) last_ = seq;
}

void subscription_watch::check_shown(const boost::json::object& event, std::uint64_t seq) const {
  const auto* room = judge_.find(room_key(room_));
  if (room == nullptr) wrong("an event of a room that the log does not have");
  const std::string problem = difference(*room, seq, event, shown_as::posted);
  if (!problem.empty()) wrong("event " + std::to_string(seq) + ": " + problem);
}

std::uint64_t subscription_watch::next() const {
  std::uint64_t next = next_;
  while (acks_.contains(next) || asked_acks_.contains(next)) ++next;
  return next;
}

void subscription_watch::on_live(std::uint64_t seq) {
  if (!active_) wrong("live comes without a subscription");
  if (live_) wrong("live comes twice");
  live_ = true;
  if (next() <= seq) {
    wrong("live names " + std::to_string(seq) + ", and the events up to " + std::to_string(next()) +
          " came");
  }
}

}  // namespace roomlog::sim
