#include "projections/partition_worker.h"

#include <algorithm>

#include "log/diagnostics.h"
#include "projections/fold.h"
#include "projections/history_view.h"
#include "projections/rooms_view.h"
#include "schemas/codec.h"

namespace roomlog {
namespace {

// Per kind of record, all partitions together: some 100 MB for each kind at most.
constexpr std::size_t records_in_front_max = 500'000;

}  // namespace

partition_worker::partition_worker(log& events, state_store& store, partition_id partition,
                                   bool with_views, const subscribers& subscribers)
    : events_(events),
      partition_(partition),
      gate_(store.gate(partition)),
      store_(store.partition(partition)),
      fold_(store_, partition),
      subscribers_(subscribers),
      checked_(events.is_open(partition)) {
  if (with_views) {
    views_.push_back(std::make_unique<history_view>(store_, fold_));
    views_.push_back(std::make_unique<rooms_view>(store_, fold_));
  }
  views_next_ = fold_.standing().next;
  for (const auto& view : views_) views_next_ = std::min(views_next_, view->next());
  decided_ = position_ = fold_.standing().next.value;
  committed_ = views_next_.value;
}

bool partition_worker::step(std::size_t read_bytes) {
  if (stopped_) {
    close();
    return false;
  }
  try {
    if (!fits_log()) return false;
    if (views_behind()) return catch_views_up(read_bytes);
    const offset from{decided_.load(std::memory_order_relaxed)};
    // A log that has failed may have stopped here: reading at its end tells.
    if (from >= log_end() && events_.failure().empty()) return false;
    auto records = read(from, read_bytes, "");
    if (!records || records->empty()) return false;
    decide_batch(std::move(records));
    return true;
  } catch (const std::exception& e) {
    abandon(e.what());
    return false;
  }
}

// Storage that does not answer is asked again; whatever else it says stops the partition.
std::shared_ptr<const record_batch> partition_worker::read(offset from, std::size_t read_bytes,
                                                           const std::string& what_for) {
  auto records = events_.read_without_waiting(partition_, from, read_bytes);
  if (records) {
    if (!*records) return nullptr;  // the log wakes this thread
    if (unreadable_) note_waiting("");
    return std::move(*records);
  }
  const error& why = records.error();
  if (why.code == errc::timeout || why.code == errc::unavailable) {
    note_waiting(why.text);
  } else {
    stop(what_for + why.text);
  }
  return nullptr;
}

void partition_worker::note_waiting(const std::string& why) {
  if (!unreadable_ || why.empty()) {
    const auto place = "partition " + std::to_string(partition_.value);
    diagnostics::warn(
        "fold", why.empty() ? place + " can be read again" : place + " waits for the log: " + why);
  }
  const std::lock_guard lock(mutex_);
  why_waiting_ = why;
  unreadable_ = !why.empty();
}

void partition_worker::decide_batch(std::shared_ptr<const record_batch> records) {
  auto batch = std::make_shared<decided_batch>();
  batch->partition = partition_;
  batch->begin = offset{decided_.load(std::memory_order_relaxed)};
  batch->end = records->next_offset();
  batch->events.resize(records->size());
  std::vector<bool> valid(records->size());
  for (std::size_t i = 0; i < records->size(); ++i) {
    const record_view record = (*records)[i];
    batch->events[i].at = record.at;
    batch->events[i].append_time = record.append_time;
    if (auto decoded = decode(record.value)) {
      batch->events[i].ev = std::move(*decoded);
      valid[i] = true;
    }
  }
  batch->records = std::move(records);
  decide_all(*batch, valid);
  dirty_ = true;
  count(*batch);
  if (!batch->events.empty()) publish(batch);  // the fold may have stopped at the first
  move_position(batch->end);
  show_to_views(*batch);
  if (!fold_.halted().empty()) stop(fold_.halted());
}

// Stops before the record at which the fold halts: the batch is cut there.
void partition_worker::decide_all(decided_batch& batch, const std::vector<bool>& valid) {
  const std::size_t records = batch.events.size();
  for (std::size_t begin = 0; begin < records; begin += chunk_records_max) {
    const std::size_t end = std::min(records, begin + chunk_records_max);
    const auto lock = gate_.enter_as_fold();
    for (std::size_t i = begin; i < end; ++i) {
      const event& ev = batch.events[i].ev;
      if (valid[i] && !ev.room.empty()) fold_.expect_command(ev.room, ev.actor, ev.cid);
    }
    for (std::size_t i = begin; i < end; ++i) {
      decided_event& d = batch.events[i];
      d.decision = decide(fold_, (*batch.records)[i], valid[i] ? &d.ev : nullptr);
      if (!fold_.halted().empty()) {
        batch.end = d.at;
        batch.events.resize(i);
        decided_.store(batch.end.value, std::memory_order_release);
        return;
      }
    }
    decided_.store(fold_.standing().next.value, std::memory_order_release);
  }
}

void partition_worker::publish(std::shared_ptr<const decided_batch> batch) {
  const decided_batch_ptr shared = std::move(batch);
  for (const auto& subscriber : subscribers_) subscriber(shared);
}

void partition_worker::show_to_views(const decided_batch& batch) {
  for (std::size_t begin = 0; begin < batch.events.size(); begin += chunk_records_max) {
    const std::size_t end = std::min(batch.events.size(), begin + chunk_records_max);
    const auto lock = gate_.enter_as_fold();
    for (std::size_t i = begin; i < end; ++i) {
      for (const auto& view : views_) view->see((*batch.records)[i], batch.events[i]);
    }
  }
  views_next_ = batch.end;
}

// A view that was made later than the fold's state, or dropped, learns what was accepted from the
// fold's two keys. One batch; nothing is decided before the views are level with the fold.
bool partition_worker::catch_views_up(std::size_t read_bytes) {
  const offset until = fold_.standing().next;
  const auto records =
      read(views_next_, read_bytes,
           "views cannot be built from offset " + std::to_string(views_next_.value) + ": ");
  if (!records) return false;
  for (std::size_t i = 0; i < records->size(); ++i) {
    const record_view record = (*records)[i];
    auto decoded = decode(record.value);
    if (record.at >= until || !decoded) continue;
    const auto lock = gate_.enter_as_fold();
    const auto decision = accepted_as(record, *decoded);
    if (!decision) continue;
    const decided_event decided{record.at, record.append_time, *decision, std::move(*decoded)};
    for (const auto& view : views_) view->see(record, decided);
  }
  views_next_ = std::min(until, records->next_offset());
  dirty_ = true;
  return true;
}

void partition_worker::count(const decided_batch& batch) {
  std::uint64_t accepted = 0, duplicates = 0, rejected = 0, ignored = 0;
  for (const decided_event& d : batch.events) {
    switch (d.decision.kind) {
      case verdict_kind::accepted:
        ++accepted;
        break;
      case verdict_kind::duplicate:
      case verdict_kind::stale_append:
        ++duplicates;
        break;
      case verdict_kind::conflict:
      case verdict_kind::rejected:
      case verdict_kind::out_of_order:
        ++rejected;
        break;
      case verdict_kind::control:
        if (std::holds_alternative<unknown_body>(d.ev.facts)) ++ignored;
        break;
    }
  }
  accepted_ += accepted;
  duplicates_ += duplicates;
  rejected_ += rejected;
  ignored_ += ignored;
}

void partition_worker::move_position(offset to) {
  std::vector<std::function<void(result<>)>> reached;
  {
    const std::lock_guard lock(mutex_);
    position_.store(to.value, std::memory_order_release);
    const auto end = waiting_.upper_bound(to);
    for (auto i = waiting_.begin(); i != end; ++i) reached.push_back(std::move(i->second.done));
    waiting_.erase(waiting_.begin(), end);
  }
  for (auto& done : reached) done({});
}

std::size_t partition_worker::staged_bytes() {
  const auto lock = gate_.enter_as_fold();
  return store_.staged_bytes();
}

void partition_worker::stage() {
  const auto lock = gate_.enter_as_fold();
  fold_.stage();
  const std::size_t records_max = records_in_front_max / events_.partitions();
  fold_.trim(records_max);
  for (const auto& view : views_) {
    view->stage(views_next_);
    view->trim(records_max);
  }
  dirty_ = false;
}

void partition_worker::on_committed() {
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t decided = decided_.load(std::memory_order_relaxed);
    const std::uint64_t level = views_.empty() ? decided : std::min(decided, views_next_.value);
    committed_.store(level, std::memory_order_release);
  }
  committed_moved_.notify_all();
}

void partition_worker::stop(const std::string& why) {
  note_failure(why);
  close();
}

void partition_worker::abandon(const std::string& why) {
  dirty_ = false;
  abandoned_ = true;
  stop(why);
  committed_moved_.notify_all();
}

// The first reason stays.
void partition_worker::note_failure(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!why_stopped_.empty()) return;
    why_stopped_ = why;
    stopped_ = true;
  }
  diagnostics::error("fold", "partition " + std::to_string(partition_.value) + " stops: " + why);
}

}  // namespace roomlog
