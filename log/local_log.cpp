#include "log/local_log.h"

#include <pthread.h>

#include <algorithm>
#include <optional>

#include "log/base/diagnostics.h"
#include "log/base/planted_bug.h"

namespace roomlog {
namespace {

// A group's records of one partition become batches of about this size: large enough to share,
// small enough that a reader with a small budget seldom has to copy.
constexpr std::size_t batch_bytes_max = std::size_t{256} * 1024;

error no_partition(partition_id partition) {
  return {errc::invalid, "there is no partition " + std::to_string(partition.value)};
}

}  // namespace

struct local_log::partition_state {
  partition_id id;
  std::shared_ptr<tail> recent;
  followers following;

  // Of the writer alone. `next` runs ahead of the visible end while a group is being written.
  offset next;
  timestamp last_append_time;
  std::size_t group_records = 0;
  std::size_t group_bytes = 0;
  std::optional<record_batch_builder> building;

  void begin_batch(offset at) {
    building.emplace(id, at);
    building->reserve(group_records, std::min(group_bytes, batch_bytes_max + batch_bytes_max / 8));
  }
  void show_batch() {
    recent->push(building->finish());
    building.reset();
  }
};

local_log::local_log(std::unique_ptr<record_store> store, std::vector<partition_head> heads,
                     const local_log_options& options, const clock_source& clock)
    : store_(std::move(store)),
      clock_(clock),
      queue_(options.append_queue_bytes_max, options.group_bytes_max) {
  for (auto& head : heads) {
    auto state = std::make_unique<partition_state>();
    state->id = partition_id{static_cast<std::uint32_t>(partitions_.size())};
    state->next = head.recent->end();
    state->last_append_time = head.last_append_time;
    state->recent = std::move(head.recent);
    ends_.push_back(state->next);
    partitions_.push_back(std::move(state));
  }
}

local_log::~local_log() {
  close();
}

void local_log::start_writer() {
  writer_ = std::thread([this] { run(); });
}

std::uint32_t local_log::partitions() const {
  return static_cast<std::uint32_t>(partitions_.size());
}

result<> local_log::append(partition_id partition, std::vector<append_entry> entries,
                           append_handler done) {
  if (partition.value >= partitions_.size() || entries.empty()) {
    if (!entries.empty()) return no_partition(partition);
    return error{errc::invalid, "an append has no records"};
  }
  const auto bytes = queued_size(entries);
  auto accepted = queue_.push({partition, std::move(entries), std::move(done), bytes, {}, {}});
  if (!accepted && accepted.error().code == errc::full) count_refused_full();
  return accepted;
}

result<std::shared_ptr<const record_batch>> local_log::read(partition_id partition, offset from,
                                                            std::size_t bytes_max) {
  if (partition.value >= partitions_.size()) return no_partition(partition);
  const auto& recent = *partitions_[partition.value]->recent;
  const auto end = recent.end();
  const auto outside = [&](const char* side, offset bound) {
    return error{errc::out_of_range, "offset " + std::to_string(from.value) + " of partition " +
                                         std::to_string(partition.value) + " is " + side + " " +
                                         std::to_string(bound.value)};
  };
  if (from > end) return outside("beyond the end", end);
  if (auto batch = recent.read(partition, from, bytes_max)) {
    tail_reads_.fetch_add(1, std::memory_order_relaxed);
    return batch;
  }
  const auto start = store_->start(partition);
  if (from < start) return outside("below the start", start);
  storage_reads_.fetch_add(1, std::memory_order_relaxed);
  return store_->read(partition, from, end, bytes_max);
}

log_bounds local_log::bounds(partition_id partition) const {
  return {store_->start(partition), partitions_.at(partition.value)->recent->end()};
}

result<> local_log::trim(partition_id partition, offset below) {
  if (partition.value >= partitions_.size()) return no_partition(partition);
  if (auto open = queue_.check_open(); !open) return open;
  const auto end = partitions_[partition.value]->recent->end();
  if (below > end) {
    return error{errc::out_of_range, "partition " + std::to_string(partition.value) +
                                         " cannot be trimmed below " + std::to_string(below.value) +
                                         ": it ends at " + std::to_string(end.value)};
  }
  if (below <= store_->start(partition)) return {};
  return store_->trim(partition, below);
}

void local_log::find_end(partition_id partition, std::function<void(result<offset>)> done) {
  done(bounds(partition).end);
}

std::unique_ptr<follow_handle> local_log::follow(partition_id partition,
                                                 std::function<void()> on_end) {
  return partitions_.at(partition.value)->following.add(std::move(on_end));
}

void local_log::close() {
  const std::lock_guard lock(closing_);
  if (std::exchange(closed_, true)) return;
  queue_.close();
  if (writer_.joinable()) {
    writer_.join();
    return;
  }
  while (write_one_group()) {
  }
  notify_all_partitions();
}

void local_log::add_stats(log_stats& to) const {
  to.tail_reads = tail_reads_.load(std::memory_order_relaxed);
  to.storage_reads = storage_reads_.load(std::memory_order_relaxed);
  for (const auto& partition : partitions_) to.tail_bytes += partition->recent->bytes();
  store_->add_stats(to);
}

void local_log::run() {
  pthread_setname_np(pthread_self(), "log-writer");
  while (queue_.take(group_, append_queue::when_empty::wait_a_moment)) {
    if (!is_in_place()) return;
    if (!group_.empty()) commit();
  }
  notify_all_partitions();
}

// Looked at every now and then. False where appends have stopped.
bool local_log::is_in_place() {
  const auto now = clock_.steady();
  if (now - looked_at_place_ < append_queue::moment) return true;
  looked_at_place_ = now;
  const auto there = store_->check_place();
  if (!there) stop_for_good(there.error(), group_was::kept);
  return there.has_value();
}

bool local_log::write_one_group() {
  if (!queue_.take(group_, append_queue::when_empty::return_at_once)) return false;
  commit();
  return true;
}

void local_log::commit() {
  place();
  if (planted("ack_before_durable")) return commit_late();
  if (auto stored = store_group(); !stored) return stop_for_good(stored.error());
  // Before anybody sees the group: what is read can be acknowledged, and what is acknowledged must
  // be missed by the next start if it is gone.
  if (auto noted = store_->note_ends(ends_); !noted) return stop_for_good(noted.error());
  show_group();
  answer_group();
  notify_group();
  forget_group();
}

void local_log::forget_group() {
  std::size_t bytes = 0;
  for (const auto& append : group_) bytes += append.bytes;
  group_.clear();
  queue_.release(bytes);
}

// The planted bug: a group is stored with the one behind it.
void local_log::commit_late() {
  show_group();
  answer_group();
  notify_group();
  std::swap(group_, not_stored_);
  if (!group_.empty()) {
    (void)store_group();  // everyone was answered
    (void)store_->note_ends(ends_);
  }
  forget_group();
}

// Gives the group its offsets and its append time, which never goes back within a partition.
void local_log::place() {
  const auto now = clock_.now();
  touched_.clear();
  for (auto& append : group_) {
    auto& partition = *partitions_[append.partition.value];
    if (partition.group_records == 0) touched_.push_back(&partition);
    partition.last_append_time = std::max(partition.last_append_time, now);
    append.first = partition.next;
    append.append_time = partition.last_append_time;
    partition.next.value += append.entries.size();
    partition.group_records += append.entries.size();
    partition.group_bytes += append.bytes;
  }
  for (const auto* partition : touched_) ends_[partition->id.value] = partition->next;
}

result<> local_log::store_group() {
  const auto began = clock_.steady();
  auto stored = store_->write(group_);
  if (!stored) return stored;
  const auto took = clock_.steady() - began;
  count_appended([&](log_stats& to) {
    ++to.groups;
    to.appends += group_.size();
    to.group_write.observe(took.count());
    for (const auto& append : group_) {
      to.records += append.entries.size();
      for (const auto& entry : append.entries) to.bytes += entry.key.size() + entry.value.size();
    }
  });
  return {};
}

// Durable records become visible.
void local_log::show_group() {
  for (const auto& append : group_) {
    auto& partition = *partitions_[append.partition.value];
    auto at = append.first;
    for (const auto& entry : append.entries) {
      if (!partition.building) partition.begin_batch(at);
      partition.building->add(at, append.append_time, entry.key, as_byte_view(entry.value));
      ++at;
      if (partition.building->bytes() >= batch_bytes_max) partition.show_batch();
    }
  }
  for (auto* partition : touched_) {
    if (partition->building) partition->show_batch();
    partition->group_records = 0;
    partition->group_bytes = 0;
  }
}

void local_log::answer_group() {
  for (auto& append : group_) append.done(append.first);
}

void local_log::notify_group() {
  for (auto* partition : touched_) partition->following.notify();
}

// The outcome of what was handed to the storage is unknown; the rest was not appended.
void local_log::stop_for_good(const error& why, group_was what) {
  const auto text = "appends have stopped until a restart: " + why.text;
  diagnostics::error("log", text);
  auto never_written = queue_.fail(text);
  std::size_t bytes = 0;
  for (auto& append : group_) {
    bytes += append.bytes;
    append.done(error{what == group_was::kept ? errc::unavailable : errc::unknown_outcome, text});
  }
  for (auto& append : never_written) {
    bytes += append.bytes;
    append.done(error{errc::unavailable, text});
  }
  group_.clear();
  queue_.release(bytes);
  notify_all_partitions();
}

void local_log::notify_all_partitions() {
  for (const auto& partition : partitions_) partition->following.notify();
}

}  // namespace roomlog
