#include "projections/worker/partition_worker.h"

#include <algorithm>

#include "log/base/diagnostics.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

// Of one partition, while the store takes nothing: what is decided beyond waits in the log.
constexpr std::size_t unsaved_bytes_max = 16 << 20;
constexpr offset no_limit{~std::uint64_t{0}};

}  // namespace

partition_worker::partition_worker(log& events, state_store& store, partition_id partition,
                                   bool with_views, const subscribers& subscribers)
    : events_(events),
      partition_(partition),
      store_(store),
      gate_(store.gate(partition)),
      with_views_(with_views),
      in_(std::make_unique<fold_and_views>(store.partition(partition), gate_, partition,
                                           with_views)),
      subscribers_(subscribers),
      checked_(events.is_open(partition)) {
  decided_ = position_ = in_->fold.standing().next.value;
  committed_ = committable();
}

bool partition_worker::step(std::size_t read_bytes) {
  if (stopped_) {
    close();
    return false;
  }
  try {
    if (front_full_.exchange(false)) in_->bound_front(front_bytes_max_);
    if (!fits_log()) return false;
    if (begin_again_ && !begin_again(read_bytes)) return false;
    if (unsaved_ && staged_bytes() >= unsaved_bytes_max) return false;
    if (in_->views_behind()) return catch_views_up(read_bytes);
    const offset from{decided_.load(std::memory_order_relaxed)};
    // A log that has failed may have stopped here: reading at its end tells.
    if (from >= log_end() && events_.failure().empty()) return false;
    auto records = read(from, read_bytes, "");
    if (!records || records->empty()) return false;
    decide_batch(std::move(records));
    return true;
  } catch (const store_error& e) {
    if (!e.may_pass()) {
      abandon(e.what());
    } else {
      anew_.reset();
      begin_again_ = true;
      note_store_trouble(e.what());
    }
    return false;
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

partition_worker::decoded_batch partition_worker::decode_batch(
    std::shared_ptr<const record_batch> records, offset begin, offset until) const {
  auto batch = std::make_shared<decided_batch>();
  batch->partition = partition_;
  batch->begin = begin;
  batch->end = std::min(records->next_offset(), until);
  std::size_t count = records->size();
  while (count > 0 && (*records)[count - 1].at >= until) --count;
  batch->events.resize(count);
  std::vector<bool> valid(count);
  for (std::size_t i = 0; i < count; ++i) {
    const record_view record = (*records)[i];
    batch->events[i].at = record.at;
    batch->events[i].append_time = record.append_time;
    if (auto decoded = decode(record.value)) {
      batch->events[i].ev = std::move(*decoded);
      valid[i] = true;
    }
  }
  batch->records = std::move(records);
  return {std::move(batch), std::move(valid)};
}

void partition_worker::decide_batch(std::shared_ptr<const record_batch> records) {
  const offset begin{decided_.load(std::memory_order_relaxed)};
  const auto [batch, valid] = decode_batch(std::move(records), begin, no_limit);
  in_->decide_all(*batch, valid, decided_);
  dirty_ = true;
  count(*batch);
  if (!batch->events.empty()) publish(batch);  // the fold may have stopped at the first
  move_position(batch->end);
  in_->show_to_views(*batch);
  if (!in_->fold.halted().empty()) stop(in_->fold.halted());
}

// One batch; nothing is decided before the views are level with the fold.
bool partition_worker::catch_views_up(std::size_t read_bytes) {
  const auto records =
      read(in_->views_next, read_bytes,
           "views cannot be built from offset " + std::to_string(in_->views_next.value) + ": ");
  if (!records) return false;
  in_->catch_views_up(*records);
  dirty_ = true;
  return true;
}

// A read that failed within a record left half of its effects. Everything since the last commit is
// decided anew, beside the present state: that goes on answering readers, and nothing is published
// a second time. The new state takes its place when it is level with what was published.
bool partition_worker::begin_again(std::size_t read_bytes) {
  if (!anew_) {
    anew_ = std::make_unique<second_state>();
    anew_->store = store_.begin_again(partition_);
    if (!anew_->store) throw std::runtime_error("this state store cannot begin again");
    anew_->in =
        std::make_unique<fold_and_views>(*anew_->store, anew_->gate, partition_, with_views_);
  }
  if (!refold(*anew_->in, read_bytes)) return false;
  {
    const auto lock = gate_.enter_as_fold();
    in_ = std::move(anew_->in);
    in_->gate = &gate_;
    store_.adopt(partition_, std::move(anew_->store));
    decided_.store(in_->fold.standing().next.value, std::memory_order_release);
  }
  anew_.reset();
  dirty_ = true;
  begin_again_ = false;
  note_store_works();
  return true;
}

// False where the log does not answer yet.
bool partition_worker::refold(fold_and_views& anew, std::size_t read_bytes) {
  std::atomic<std::uint64_t> decided;
  while (anew.views_behind() || anew.fold.standing().next < position()) {
    const bool views_first = anew.views_behind();
    const offset from = views_first ? anew.views_next : anew.fold.standing().next;
    auto records = read(from, read_bytes, "");
    if (!records) return false;
    if (views_first) {
      anew.catch_views_up(*records);
      continue;
    }
    const auto [batch, valid] = decode_batch(std::move(records), from, position());
    if (batch->events.empty()) break;  // what is left are offsets without a record
    anew.decide_all(*batch, valid, decided);
    anew.show_to_views(*batch);
  }
  return true;
}

void partition_worker::publish(std::shared_ptr<const decided_batch> batch) {
  const decided_batch_ptr shared = std::move(batch);
  for (const auto& subscriber : subscribers_) subscriber(shared);
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
  return in_->store.staged_bytes();
}

bool partition_worker::wants_retry() const {
  if (unsaved_ && !abandoned_) return true;
  return (unreadable_ || begin_again_) && !stopped_;
}

// Not while the state may have half of a record.
bool partition_worker::wants_commit() const {
  return (dirty_ || unsaved_) && !begin_again_ && !abandoned_;
}

void partition_worker::stage() {
  if (!dirty_) return;  // only what an earlier commit could not write
  in_->stage();
  in_->bound_front(front_bytes_max_);
  dirty_ = false;
}

// Readers decode records too, also where nothing is staged for long.
void partition_worker::look_at_front() {
  if (in_->fold.front_bytes() <= 2 * front_bytes_max_) return;
  if (!front_full_.exchange(true)) wake_();
}

void partition_worker::on_committed() {
  if (unsaved_) {
    unsaved_ = false;
    note_store_works();
  }
  show_committed();
}

void partition_worker::on_commit_failed(const error& why) {
  if (why.code == errc::full) {
    note_store_trouble(why.text);
    unsaved_ = true;
    show_committed();
    return;
  }
  abandoned_ = true;
  show_committed();
  stop(why.text);
}

std::uint64_t partition_worker::committable() const {
  const std::uint64_t decided = decided_.load(std::memory_order_relaxed);
  return with_views_ ? std::min(decided, in_->views_next.value) : decided;
}

// Readers of committed keys see everything that was staged.
void partition_worker::show_committed() {
  {
    const std::lock_guard lock(mutex_);
    committed_.store(committable(), std::memory_order_release);
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

// step() answers what waits: whoever asks may hold locks.
void partition_worker::note_failed_question(const std::exception& why) {
  const auto* of_store = dynamic_cast<const store_error*>(&why);
  if (of_store == nullptr || !of_store->may_pass()) {
    note_failure(why.what());
    wake_();
    return;
  }
  note_store_trouble(why.what());
  const std::lock_guard lock(mutex_);
  misread_at_ = now_;
  misread_ = true;
}

void partition_worker::note_store_trouble(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!why_unsaved_.empty()) return;
    why_unsaved_ = why;
  }
  diagnostics::warn("fold", "partition " + std::to_string(partition_.value) +
                                " takes no commands until its state works again: " + why);
}

void partition_worker::note_store_works() {
  if (unsaved_ || begin_again_ || misread_) return;
  {
    const std::lock_guard lock(mutex_);
    why_unsaved_.clear();
  }
  diagnostics::warn("fold",
                    "partition " + std::to_string(partition_.value) + ": the state works again");
}

}  // namespace roomlog
