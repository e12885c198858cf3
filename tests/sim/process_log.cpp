#include "tests/sim/process_log.h"

#include <algorithm>
#include <utility>

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;

// After which a producer gives an append up.
constexpr microseconds append_timeout = 3s;
constexpr microseconds write_delay = 300us;

}  // namespace

process_log::process_log(shared_log& shared, schedule& time, random_source& chance,
                         const fault_rates& faults, life_ptr life, bool alone,
                         std::function<void()> on_news)
    : log_wrapper(shared.events()),
      shared_(shared),
      time_(time),
      chance_(chance),
      faults_(faults),
      life_(std::move(life)),
      alone_(alone),
      on_news_(std::move(on_news)),
      damaged_(shared.partitions()),
      stalled_(shared.partitions()),
      arrival_(shared.partitions()) {
  for (std::uint32_t p = 0; p < partitions(); ++p) {
    visible_.push_back(base().bounds(partition_id{p}).end);
  }
}

bool process_log::has_damage() const {
  return std::ranges::find(damaged_, true) != damaged_.end();
}

void process_log::on_end(partition_id partition) {
  const offset end = base().bounds(partition).end;
  const auto see = [this, partition, end] {
    visible_[partition.value] = std::max(visible_[partition.value], end);
    on_news_();
  };
  if (alone_) return see();
  time_.after(chance_.between(1us, faults_.sight_delay), life_, "sees records", see);
}

// ---- appends ----

result<> process_log::append(partition_id partition, std::vector<append_entry> entries,
                             append_handler done) {
  if (happens(faults_.append_refused)) return error{errc::full, "the queue is full"};
  if (alone_) return queue(partition, std::move(entries), std::move(done));
  send(partition, std::move(entries), std::move(done));
  return {};
}

result<> process_log::queue(partition_id partition, std::vector<append_entry> entries,
                            append_handler done) {
  auto handler = [life = std::weak_ptr(life_), done = std::move(done)](const append_result& at) {
    if (life.lock()) done(at);
  };
  auto queued = shared_.queue(partition, std::move(entries), std::move(handler));
  if (!queued || std::exchange(write_scheduled_, true)) return queued;
  time_.after(chance_.between(1us, write_delay), life_, "writes a group", [this] {
    write_scheduled_ = false;
    (void)shared_.write_group();
    on_news_();
  });
  return queued;
}

void process_log::send(partition_id partition, std::vector<append_entry> entries,
                       append_handler done) {
  auto delay = chance_.between(1us, faults_.append_delay);
  auto& latest = arrival_[partition.value];
  if (!happens(faults_.append_overtaken)) {
    latest = std::max(latest, time_.now() + delay);
    delay = latest - time_.now();
  } else {
    delay += chance_.between(1us, 200ms);
  }
  if (happens(faults_.append_lost)) {
    return answer(append_timeout, done, error{errc::unknown_outcome, "no answer"});
  }
  if (happens(faults_.append_failed)) {
    return answer(delay, done, error{errc::unavailable, "not sent"});
  }
  if (happens(faults_.append_twice)) {
    deliver(partition, delay + chance_.between(1us, 500ms), entries, done, false);
  }
  const bool answered = !happens(faults_.append_unanswered);
  if (!answered) answer(append_timeout, done, error{errc::unknown_outcome, "no answer"});
  deliver(partition, delay, std::move(entries), done, answered);
}

void process_log::deliver(partition_id partition, microseconds delay,
                          std::vector<append_entry> entries, const append_handler& done,
                          bool answered) {
  const bool dies_with_process = chance_.in_1000(500);
  const auto answer_delay = chance_.between(1us, faults_.answer_delay);
  // Not bound to the life: it is in the network.
  time_.after(delay, nullptr, "an append arrives",
              [&shared = shared_, &time = time_, life = std::weak_ptr(life_), partition,
               entries = std::move(entries), done, answered, answer_delay, dies_with_process] {
                const auto alive = life.lock();
                if (!alive && dies_with_process) return;
                const offset first = shared.write(partition, entries);
                if (!alive || !answered) return;
                time.after(answer_delay, alive, "an append is answered",
                           [done, first] { done(first); });
              });
}

void process_log::answer(microseconds delay, const append_handler& done,
                         const append_result& outcome) {
  time_.after(delay, life_, "an append fails", [done, outcome] { done(outcome); });
}

append_load process_log::load(partition_id partition) const {
  return base().load(partition);
}

// ---- reads ----

log_bounds process_log::bounds(partition_id partition) const {
  return {base().bounds(partition).start, visible_[partition.value]};
}

result<std::shared_ptr<const record_batch>> process_log::read(partition_id partition, offset from,
                                                              std::size_t bytes_max) {
  if (damaged_[partition.value]) return error{errc::damaged, "a sector cannot be read"};
  if (happens(faults_.read_times_out)) return error{errc::timeout, "no answer"};
  const offset end = visible_[partition.value];
  if (happens(faults_.read_short)) bytes_max = 1;
  if (from > end) return error{errc::out_of_range, "beyond the end"};
  auto batch = base().read(partition, from, bytes_max);
  if (!batch || (*batch)->next_offset() <= end) return batch;
  record_batch_builder seen(partition, from);
  for (std::size_t i = 0; i < (*batch)->size() && (**batch)[i].at < end; ++i) {
    const record_view record = (**batch)[i];
    seen.add(record.at, record.append_time, record.key, record.value);
  }
  return seen.finish();
}

result<std::shared_ptr<const record_batch>> process_log::read_without_waiting(
    partition_id partition, offset from, std::size_t bytes_max) {
  const bool answered = stalled_[partition.value];
  stalled_[partition.value] = false;
  if (!answered && happens(faults_.read_stalls)) {
    stalled_[partition.value] = true;
    time_.after(chance_.between(1ms, 2s), life_, "a read is answered", on_news_);
    return std::shared_ptr<const record_batch>();
  }
  return read(partition, from, bytes_max);
}

void process_log::find_end(partition_id partition, std::function<void(result<offset>)> done) {
  if (alone_) return done(base().bounds(partition).end);
  const auto delay = chance_.between(1us, faults_.answer_delay);
  if (happens(faults_.end_unanswered)) {
    return time_.after(delay + 1s, life_, "an end is not answered", [done] {
      done(error{errc::unavailable, "no answer"});
    });
  }
  time_.after(delay, life_, "an end is answered",
              [this, partition, done] { done(base().bounds(partition).end); });
}

}  // namespace roomlog::sim
