#include "log/kafka/kafka_appends.h"

#include <algorithm>

namespace roomlog {
namespace {

constexpr std::size_t search_bytes = std::size_t{256} * 1024;

error unknown(const std::string& why) {
  return {errc::unknown_outcome, why};
}

}  // namespace

kafka_appends::kafka_appends(partition_id partition, const tail* read_back)
    : partition_(partition), read_back_(read_back) {}

result<> kafka_appends::hand_over(std::unique_ptr<kafka_append> call, const sender& send) {
  const std::lock_guard lock(mutex_);
  auto* const mine = call.get();
  mine->search_from = read_back_ != nullptr ? read_back_->end() : offset{};
  open_.push_back(std::move(call));
  for (const auto& entry : mine->entries) {
    auto sent = send(entry, mine);
    if (sent) {
      ++mine->expected;
      continue;
    }
    if (mine->expected == 0) {
      open_.pop_back();
      return sent;
    }
    mine->failed = sent.error().text;
    break;
  }
  bytes_.fetch_add(mine->bytes, std::memory_order_relaxed);
  return {};
}

void kafka_appends::report(kafka_append* call, const kafka_delivery_report& what,
                           std::chrono::microseconds now) {
  const std::lock_guard lock(mutex_);
  if (!what.failed.empty()) {
    if (call->failed.empty()) call->failed = what.failed;
    call->some_left = call->some_left || what.may_have_left;
  } else {
    call->some_persisted = true;
    if (what.at) {
      call->first = call->first ? std::min(*call->first, *what.at) : *what.at;
      call->last = call->last ? std::max(*call->last, *what.at) : *what.at;
    } else {
      call->some_without_offset = true;
    }
  }
  if (++call->reported == call->expected) call->all_reported = now;
}

// In the order of the hand-over: what a record without an offset may be depends on what was taken
// by the appends before it.
kafka_answers kafka_appends::take_due(std::chrono::microseconds now) {
  kafka_answers due;
  const std::lock_guard lock(mutex_);
  while (!open_.empty()) {
    auto& call = *open_.front();
    auto outcome = outcome_of(call, now);
    if (!outcome) break;
    if (call.last) claimed_ = std::max(claimed_, next(*call.last));
    due.push_back(answer(call, *std::move(outcome)));
    open_.pop_front();
  }
  return due;
}

std::optional<append_result> kafka_appends::outcome_of(kafka_append& call,
                                                       std::chrono::microseconds now) {
  if (call.reported < call.expected) return std::nullopt;
  if (call.failed.empty()) return outcome_of_persisted(call, now);
  if (call.some_persisted || call.some_left) return unknown(call.failed);
  return error{errc::unavailable, call.failed};
}

std::optional<append_result> kafka_appends::outcome_of_persisted(kafka_append& call,
                                                                 std::chrono::microseconds now) {
  const auto place = "partition " + std::to_string(partition_.value);
  if (call.some_without_offset) {
    if (read_back_ == nullptr) {
      return unknown(place + ": the broker did not say at which offset the records are");
    }
    if (!find_again(call)) {
      if (!reading_stopped_.empty()) return unknown(reading_stopped_);
      if (now - call.all_reported < match_wait && !is_overtaken(call)) return std::nullopt;
      return unknown(place + ": the broker has the records, but they were not read back");
    }
  }
  if (read_back_ == nullptr || *call.last < read_back_->end()) return append_result(*call.first);
  if (!reading_stopped_.empty()) return unknown(reading_stopped_);
  return std::nullopt;
}

// Goes on where the last search ended. True once every entry was found, in order.
bool kafka_appends::find_again(kafka_append& call) {
  call.search_from = std::max(call.search_from, claimed_);
  while (call.matched < call.entries.size()) {
    const auto batch = read_back_->read(partition_, call.search_from, search_bytes);
    // Null: it left the tail before it was looked for.
    if (!batch || batch->empty()) return false;
    for (std::size_t i = 0; i < batch->size() && call.matched < call.entries.size(); ++i) {
      const auto record = (*batch)[i];
      const auto& wanted = call.entries[call.matched];
      call.search_from = next(record.at);
      if (record.key != wanted.key || as_text(record.value) != wanted.value) continue;
      if (call.matched++ == 0) call.first = record.at;
      call.last = record.at;
    }
  }
  return true;
}

// A producer keeps its order: what was read back of a later append shows that this one, the first
// that is open, will not come any more.
bool kafka_appends::is_overtaken(const kafka_append& call) const {
  return std::any_of(open_.begin() + 1, open_.end(), [&](const auto& later) {
    return later->producer == call.producer && later->first && *later->first < call.search_from;
  });
}

bool kafka_appends::waits_for_match() const {
  const std::lock_guard lock(mutex_);
  return !open_.empty() && open_.front()->some_without_offset;
}

kafka_answers kafka_appends::give_up(std::uint64_t producer, const std::string& why) {
  kafka_answers given_up;
  const std::lock_guard lock(mutex_);
  for (auto& call : open_) {
    if (call->producer != producer) continue;
    const bool answered_by_reports = call->reported == call->expected && call->failed.empty();
    if (answered_by_reports) continue;  // persisted: only to be read back
    given_up.push_back(answer(*call, unknown(call->failed.empty() ? why : call->failed)));
    call.reset();
  }
  open_.erase(std::remove(open_.begin(), open_.end(), nullptr), open_.end());
  return given_up;
}

void kafka_appends::stop_reading_back(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (reading_stopped_.empty()) reading_stopped_ = why;
}

kafka_answer kafka_appends::answer(kafka_append& call, append_result outcome) {
  bytes_.fetch_sub(call.bytes, std::memory_order_relaxed);
  kafka_answer made{std::move(call.done),
                    std::move(outcome),
                    call.bytes,
                    call.entries.size(),
                    0,
                    call.all_reported - call.handed_over};
  for (const auto& entry : call.entries) made.data_bytes += entry.key.size() + entry.value.size();
  return made;
}

}  // namespace roomlog
