#include "projections/worker/partition_worker.h"

#include <algorithm>
#include <stdexcept>

#include "log/base/planted_bug.h"

namespace roomlog {
namespace {

// Of one partition, while the store takes nothing: what is decided beyond waits in the log.
constexpr std::size_t unsaved_bytes_max = 16 << 20;

bool may_pass(const error& of_log) {
  return of_log.code == errc::timeout || of_log.code == errc::unavailable;
}

}  // namespace

partition_worker::partition_worker(log& events, state_store& store, worker_setup setup,
                                   const subscribers& subscribers)
    : events_(events),
      store_(store),
      setup_(std::move(setup)),
      gate_(store.gate(setup_.partition)),
      in_(std::make_unique<fold_and_views>(store.partition(setup_.partition), gate_,
                                           setup_.partition, setup_.views)),
      feed_(events, store, setup_.partition, setup_.views),
      subscribers_(subscribers),
      decided_(in_->fold.standing().next.value),
      questions_(setup_.partition, in_->fold.standing().next),
      commit_(in_->fold.standing().next),
      marks_(setup_.views, in_->views, in_->fold.standing().next),
      trouble_(setup_.partition) {
  if (events.is_open(setup_.partition)) questions_.confirm();
}

// ---- deciding ----

template <class Work>
bool partition_worker::guarded(Work&& work) {
  try {
    return work();
  } catch (const store_error& e) {
    if (!e.may_pass()) {
      abandon(e.what());
    } else {
      anew_.reset();
      trouble_.note_half_decided(e.what());
    }
  } catch (const std::exception& e) {
    abandon(e.what());
  }
  return false;
}

bool partition_worker::step(std::size_t read_bytes) {
  if (trouble_.stopped()) {
    close();
    return false;
  }
  return guarded([&] {
    if (front_full_.exchange(false)) in_->bound_front(front_bytes_max_);
    if (!fits()) return false;
    const bool anew = trouble_.must_begin_again();  // what was decided anew has to be committed
    if (anew && !begin_again(read_bytes)) return false;
    if (trouble_.unsaved() && staged_bytes() >= unsaved_bytes_max) return anew;
    const offset from{decided_.load(std::memory_order_relaxed)};
    // A log that has failed may have stopped here: reading at its end tells.
    if (from >= setup_.until || (from >= log_end() && events_.failure().empty())) return anew;
    auto records = read(from, read_bytes);
    if (!records || records->empty()) return anew;
    return decide_batch(std::move(records)) || anew;
  });
}

// Storage that does not answer is asked again; whatever else it says stops the partition.
std::shared_ptr<const record_batch> partition_worker::read(offset from, std::size_t read_bytes) {
  auto records = (events_.*setup_.read)(partition(), from, read_bytes);
  const bool was_under_way = std::exchange(read_under_way_, records && !*records);
  reads_storage_ = was_under_way || read_under_way_;
  if (read_under_way_) return nullptr;  // the log wakes this thread
  if (records) {
    trouble_.note_waiting("");
    return std::move(*records);
  }
  if (may_pass(records.error())) {
    trouble_.note_waiting(records.error().text);
  } else {
    stop(records.error().text);
  }
  return nullptr;
}

// No verdict waits for a view: they see the batch when it was published. False where there is
// nothing to commit: all records are beyond `until`. Where the fold has stopped there is something,
// since the state keeps the mark of a seal.
bool partition_worker::decide_batch(std::shared_ptr<const record_batch> records) {
  const offset begin{decided_.load(std::memory_order_relaxed)};
  const auto [batch, valid] = decode_batch(std::move(records), begin, setup_.until);
  in_->decide_all(*batch, valid, decided_);
  dirty_ = true;
  counts_.add(*batch);
  if (!batch->events.empty()) {  // the fold may have stopped at the first
    const decided_batch_ptr shared = batch;
    for (const auto& subscriber : subscribers_) subscriber(shared);
    if (planted("batch_published_twice") && shared->begin.value % 16 == 0) {
      for (const auto& subscriber : subscribers_) subscriber(shared);
    }
  }
  questions_.move(batch->end);
  in_->show_to_views(*batch);
  marks_.note_position(in_->views);
  if (!in_->fold.halted().empty()) stop(in_->fold.halted());
  return !batch->events.empty() || trouble_.stopped();
}

bool partition_worker::follow() {
  const bool waits = trouble_.unsaved() || trouble_.must_begin_again();
  if (waits || read_under_way_ || trouble_.stopped() || !questions_.confirmed()) return false;
  // Old records come from storage one read after another, and those of the fold come first.
  const bool may_read = !reads_storage_ || position() >= log_end();
  return guarded([&] {
    const auto moved = feed_.turn(*in_, may_read ? setup_.read : nullptr);
    if (!moved && moved.error().code == errc::out_of_range) {
      give_up_views();
      return true;  // others may still come up
    }
    if (!moved) {
      stop(moved.error().text);
      return false;
    }
    marks_.note_position(in_->views);
    dirty_ = dirty_ || *moved;
    return *moved;
  });
}

// The log has lost what they need; their reads come from the log, as far as it has them.
void partition_worker::give_up_views() {
  partition_views& views = in_->views;
  const offset start = std::max(events_.bounds(partition()).start, next(views.lowest()));
  views.give_up_below(start);
  std::string names;
  for (std::size_t i = 0; i < setup_.views.size(); ++i) {
    if (!views.given_up(i)) continue;
    names += (names.empty() ? "" : ", ") + std::string(setup_.views[i].name) + " from offset " +
             std::to_string(views.next(i).value);
  }
  trouble_.note_views_stopped("the log begins at " + std::to_string(start.value) +
                              ", so these views cannot come up: " + names);
}

// A read that failed within a record left half of its effects. Everything since the last commit is
// decided anew, beside the present state: that goes on answering readers, and nothing is published
// a second time. The new state takes its place when it is level with what was published.
bool partition_worker::begin_again(std::size_t read_bytes) {
  if (!anew_) {
    anew_ = std::make_unique<second_state>();
    anew_->store = store_.begin_again(partition());
    if (!anew_->store) throw std::runtime_error("this state store cannot begin again");
    anew_->in =
        std::make_unique<fold_and_views>(*anew_->store, anew_->gate, partition(), setup_.views);
  }
  if (!refold(*anew_->in, read_bytes)) return false;
  {
    const auto lock = gate_.enter_as_fold();
    in_ = std::move(anew_->in);
    in_->gate = &gate_;
    store_.adopt(partition(), std::move(anew_->store));
    decided_.store(in_->fold.standing().next.value, std::memory_order_release);
  }
  anew_.reset();
  dirty_ = true;
  marks_.note_position(in_->views);
  trouble_.note_decided_again();
  return true;
}

// False where the log does not answer yet.
bool partition_worker::refold(fold_and_views& anew, std::size_t read_bytes) {
  std::atomic<std::uint64_t> decided;
  while (anew.fold.standing().next < position()) {
    const offset from = anew.fold.standing().next;
    auto records = read(from, read_bytes);
    if (!records) return false;
    const auto [batch, valid] = decode_batch(std::move(records), from, position());
    if (batch->events.empty()) break;  // what is left are offsets without a record
    anew.decide_all(*batch, valid, decided);
    anew.show_to_views(*batch);
  }
  return true;
}

// ---- committing ----

std::size_t partition_worker::staged_bytes() {
  const auto lock = gate_.enter_as_fold();
  return in_->store.staged_bytes();
}

bool partition_worker::wants_retry() const {
  return trouble_.wants_retry() || (feed_.waits() && !trouble_.stopped());
}

// Not while the state may have half of a record.
bool partition_worker::wants_commit() const {
  return (dirty_ || trouble_.unsaved()) && !trouble_.must_begin_again() && !trouble_.abandoned();
}

void partition_worker::stage() {
  if (!dirty_) return;  // only what an earlier commit could not write
  in_->stage();
  in_->bound_front(front_bytes_max_);
  dirty_ = false;
}

void partition_worker::on_committed() {
  trouble_.note_saved();
  show_committed();
}

void partition_worker::on_commit_failed(const error& why) {
  if (why.code == errc::full) {
    trouble_.note_unsaved(why.text);
    show_committed();
    return;
  }
  trouble_.abandon();
  show_committed();
  stop(why.text);
}

// Readers of committed keys see everything that was staged.
void partition_worker::show_committed() {
  const offset decided{decided_.load(std::memory_order_relaxed)};
  commit_.move(decided);
  marks_.note_commit(decided);
}

void partition_worker::stop(const std::string& why) {
  trouble_.note_stop(why);
  close();
}

void partition_worker::abandon(const std::string& why) {
  dirty_ = false;
  trouble_.abandon();
  stop(why);
  commit_.end();
}

// ---- the log that it belongs to ----

result<bool> partition_worker::compare_with_log(read_function how) {
  questions_.doubt();
  auto fits = fits_log(events_, partition(), in_->fold.standing(), how);
  if (fits && *fits) questions_.confirm();
  return fits;
}

result<> partition_worker::check_against_log() {
  const auto fits = compare_with_log(&log::read);
  if (!fits) return fits.error();
  return {};
}

bool partition_worker::fits() {
  if (questions_.confirmed()) return true;
  if (!events_.is_open(partition())) {
    trouble_.note_waiting("partition " + std::to_string(partition().value) + " is not open yet");
    return false;
  }
  const auto fits = compare_with_log(setup_.read);
  if (!fits) {
    if (may_pass(fits.error())) {
      trouble_.note_waiting(fits.error().text);
    } else {
      stop(fits.error().text);
    }
    return false;
  }
  if (*fits) trouble_.note_waiting("");
  return *fits;
}

// ---- questions ----

fold_status partition_worker::status() const {
  fold_status s;
  s.partition = partition();
  s.position = position();
  s.committed = commit_.at();
  s.log_end = log_end();
  counts_.fill(s);
  trouble_.fill(s);
  s.questions = questions_.waiting();
  s.given_up = questions_.given_up();
  s.views = marks_.status();
  return s;
}

void partition_worker::when_folded(offset until, std::function<void(result<>)> done) {
  questions_.wait(until, std::move(done));
}

// The log may answer when this worker is gone: it is asked in the name of a worker that may not be
// there any more.
void partition_worker::when_level(std::function<void(result<>)> done) {
  events_.find_end(partition(), [weak = weak_from_this(), done = std::move(done),
                                 partition = partition()](const result<offset>& end) {
    if (!end) return done(end.error());
    if (const auto self = weak.lock()) return self->when_folded(*end, done);
    done(error{errc::closed,
               "the fold of partition " + std::to_string(partition.value) + " has ended"});
  });
}

void partition_worker::give_up_questions(std::chrono::microseconds now,
                                         std::chrono::microseconds at_most) {
  trouble_.tick(now);
  questions_.give_up(now, at_most);
}

result<> partition_worker::wait_committed(std::chrono::milliseconds wait_max) {
  const offset wanted{decided_.load(std::memory_order_acquire)};
  if (commit_.at() >= wanted) return {};
  if (commit_by_hand_) {
    commit_by_hand_();
    if (commit_.at() >= wanted) return {};
  } else if (commit_.wait(wanted, wait_max, wake_)) {
    return {};
  }
  if (trouble_.abandoned()) return error{errc::unavailable, trouble_.why_stopped()};
  return error{errc::timeout, "the state of partition " + std::to_string(partition().value) +
                                  " did not reach offset " + std::to_string(wanted.value) + " in " +
                                  std::to_string(wait_max.count()) + " ms"};
}

// Readers decode records too, also where nothing is staged for long.
void partition_worker::look_at_front() {
  if (in_->fold.front_bytes() <= 2 * front_bytes_max_) return;
  if (!front_full_.exchange(true)) wake_();
}

// step() answers what waits: whoever asks may hold locks.
void partition_worker::note_failed_question(const std::exception& why) {
  const auto* of_store = dynamic_cast<const store_error*>(&why);
  if (of_store != nullptr && of_store->may_pass()) return trouble_.note_misread(why.what());
  trouble_.note_stop(why.what());
  wake_();
}

}  // namespace roomlog
