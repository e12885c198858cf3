#include "projections/store/rocks_state_store.h"

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/iterator.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

#include "log/base/file_place.h"
#include "projections/store/rocks_state_held.h"
#include "projections/store/rocks_state_options.h"
#include "projections/store/rocks_state_partition.h"
#include "projections/store/rocks_state_trouble.h"
#include "projections/store/state_keys.h"

namespace roomlog {
namespace {

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
error io_error(const std::string& what, const rocksdb::Status& status) {
  return {errc::io, what + ": " + status.ToString()};
}

// After a failed write RocksDB takes no other before DB::Resume(), which writes the memtables to
// table files and begins a new write-ahead log. It is tried at most so often.
class resume_schedule {
 public:
  using steady = std::chrono::steady_clock;
  bool is_due() const { return steady::now() >= next_; }
  void note_failure() {
    next_ = steady::now() + wait_;
    wait_ = std::min(wait_ * 2, wait_max);
  }
  void clear() { *this = {}; }

 private:
  static constexpr std::chrono::milliseconds wait_min{100}, wait_max{2000};
  std::chrono::milliseconds wait_ = wait_min;
  steady::time_point next_{};
};

// A commit that fails changes what is behind the readers, not what they see: what it could not
// write is held in memory in front of the database, and the next commit writes it first.
class rocks_state_store final : public state_store {
  // What is held of the partition, and the database as it was when that was held.
  template <class Take>
  auto look(partition_id partition, Take&& take) {
    using taken = std::pair<held_ptr, decltype(take())>;
    if (!failing_) return taken{nullptr, take()};
    const std::lock_guard lock(held_mutex_);
    return taken{parts_[partition.value]->held(), take()};
  }

 public:
  rocks_state_store(std::unique_ptr<rocksdb::DB> db, std::shared_ptr<state_listener> listener,
                    file_place place, std::uint32_t partitions)
      : db_(std::move(db)),
        listener_(std::move(listener)),
        place_(std::move(place)),
        gates_(partitions) {
    for (std::uint32_t p = 0; p < partitions; ++p) {
      parts_.push_back(std::make_unique<rocks_partition_store>(*db_, nullptr));
    }
  }
  ~rocks_state_store() override {
    parts_.clear();
    (void)db_->Close();  // what was not flushed is in the write-ahead log
  }

  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(parts_.size()); }
  partition_gate& gate(partition_id partition) override { return gates_[partition.value]; }
  partition_store& partition(partition_id partition) override { return *parts_[partition.value]; }

  std::unique_ptr<partition_store> begin_again(partition_id partition) override {
    return std::make_unique<rocks_partition_store>(*db_, parts_[partition.value]->held());
  }
  void adopt(partition_id partition, std::unique_ptr<partition_store> fresh) override {
    parts_[partition.value].reset(dynamic_cast<rocks_partition_store*>(fresh.release()));
  }

  result<> commit(std::span<const partition_id> which) override {
    const std::lock_guard one(commit_mutex_);
    rocksdb::WriteBatch batch;
    for (partition_id p : which) parts_[p.value]->add_to(batch);
    // Readers see the held entries and the database as of one commit.
    std::unique_lock<std::mutex> together(held_mutex_, std::defer_lock);
    if (failing_ || listener_->noted()) {
      const auto resumed = resume();
      if (failing_ && !resumed.ok()) return hold(which, resumed);
    }
    if (failing_) together.lock();
    rocksdb::WriteOptions options;
    options.memtable_insert_hint_per_batch = true;
    const auto status = db_->Write(options, &batch);
    if (!status.ok()) {
      if (together) together.unlock();
      return hold(which, status);
    }
    for (partition_id p : which) {
      const auto lock = gate(p).enter_as_fold();
      parts_[p.value]->on_committed();
    }
    if (together) note_written();
    return {};
  }

  result<> drop(partition_id, std::string_view prefix) override {
    const std::lock_guard one(commit_mutex_);
    if (failing_) return error{errc::full, "the state cannot be written now"};
    const std::string end = after_prefix(prefix);
    const auto status = db_->DeleteRange(rocksdb::WriteOptions(), db_->DefaultColumnFamily(),
                                         slice(prefix), slice(end));
    if (status.ok()) return {};
    auto failed = io_error("a view cannot be removed", status);
    if (may_pass(status)) failed.code = errc::full;
    return failed;
  }

  void scan(partition_id partition, std::string_view lower, std::string_view upper,
            scan_direction direction, const visitor& visit) override {
    const rocksdb::Slice from = slice(lower), to = slice(upper);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &from;
    options.iterate_upper_bound = &to;
    const auto [held, stored] = look(partition, [&] { return new_iterator(options); });
    scan_both(held, *stored, lower, upper, direction, visit);
  }

  std::optional<std::string> read(partition_id partition, std::string_view key) override {
    if (!failing_) return value_of({}, key);
    return read_together(partition, std::span(&key, 1)).front();
  }
  std::vector<std::optional<std::string>> read_together(
      partition_id partition, std::span<const std::string_view> keys) override {
    const auto [held, commit] =
        look(partition, [&] { return std::make_unique<rocksdb::ManagedSnapshot>(db_.get()); });
    rocksdb::ReadOptions options;
    options.snapshot = commit->snapshot();
    std::vector<std::optional<std::string>> values;
    for (const std::string_view key : keys) {
      const auto found = held ? held->find(key) : held_entries::const_iterator();
      const bool is_held = held && found != held->end();
      values.push_back(is_held ? found->second : value_of(options, key));
    }
    return values;
  }
  void dump(const visitor& visit) override {
    held_entries all;
    for (const auto& part : parts_) {
      if (part->held()) all.insert(part->held()->begin(), part->held()->end());
    }
    const auto stored = new_iterator({});
    const auto show = [&](std::string_view key, std::string_view value) {
      return view_of(key) == view_id::store || visit(key, value);
    };
    scan_both(std::make_shared<held_entries>(std::move(all)), *stored, "", "\xff",
              scan_direction::forward, show);
  }

  result<> check_place() const override { return place_.check(); }
  result<> flush() override {
    const std::lock_guard one(commit_mutex_);
    const auto status = db_->Flush(rocksdb::FlushOptions());
    if (!status.ok()) return io_error("the state store cannot flush", status);
    return {};
  }

 private:
  std::unique_ptr<rocksdb::Iterator> new_iterator(const rocksdb::ReadOptions& how) {
    return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(how));
  }
  std::optional<std::string> value_of(const rocksdb::ReadOptions& how, std::string_view key) {
    std::string value;
    const auto status = db_->Get(how, slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) throw_store_error("read", status);
    return value;
  }

  std::uint64_t property(const std::string& name) {
    std::uint64_t value = 0;
    return db_->GetIntProperty(name, &value) ? value : 0;
  }
  // For what a resumption writes: what is less belongs to the log.
  bool has_room() {
    using names = rocksdb::DB::Properties;
    std::uint64_t free = 0;
    const bool known = db_->GetFileSystem()->GetFreeSpace(db_->GetName(), {}, &free, nullptr).ok();
    return !known || free >= property(names::kCurSizeAllMemTables) + resume_reserve;
  }

  // Back to a database that takes writes.
  rocksdb::Status resume() {
    if (!resume_.is_due()) return last_failure_;
    auto resumed = has_room() ? resume_with_new_log() : last_failure_;
    if (!resumed.ok()) resume_.note_failure();
    return resumed;
  }

  // RocksDB asserts that a write-ahead log is not written again after a write of it failed, and
  // Resume() begins a new one only where the memtable has something. So an empty one is given an
  // entry; flushing it is refused for the old log's sake, and then Resume() has what it needs.
  rocksdb::Status resume_with_new_log() {
    using names = rocksdb::DB::Properties;
    const bool empty = property(names::kNumEntriesActiveMemTable) == 0;
    const state_listener::healing healing(*listener_);
    auto resumed = db_->Resume();
    if (!resumed.ok() || !empty) return resumed;
    rocksdb::WriteOptions past_the_log;
    past_the_log.disableWAL = true;
    auto marked = db_->Put(past_the_log, std::string{static_cast<char>(view_id::store), 'M'}, "");
    if (!marked.ok()) return marked;
    (void)db_->Flush(rocksdb::FlushOptions());  // Resume() says what came of it
    return db_->Resume();
  }

  result<> hold(std::span<const partition_id> which, const rocksdb::Status& why) {
    last_failure_ = why;
    const std::lock_guard lock(held_mutex_);
    for (partition_id p : which) {
      const auto gate_lock = gate(p).enter_as_fold();
      parts_[p.value]->hold();
    }
    failing_ = true;
    auto failed = io_error("the state cannot be written", why);
    if (may_pass(why)) failed.code = errc::full;
    return failed;
  }
  void note_written() {
    resume_.clear();
    failing_ = std::any_of(parts_.begin(), parts_.end(),
                           [](const auto& part) { return part->held() != nullptr; });
  }

  static constexpr std::uint64_t resume_reserve = 8 << 20;

  std::unique_ptr<rocksdb::DB> db_;
  const std::shared_ptr<state_listener> listener_;
  const file_place place_;
  std::vector<partition_gate> gates_;
  std::vector<std::unique_ptr<rocks_partition_store>> parts_;
  std::mutex commit_mutex_;  // one commit at a time; before held_mutex_ and gates
  std::mutex held_mutex_;    // of what the parts hold, together with the database; before gates
  // From a failed commit until nothing is held any more.
  std::atomic<bool> failing_{false};
  // With commit_mutex_.
  resume_schedule resume_;
  rocksdb::Status last_failure_;
};

// What the store belongs to, written when it is made.
std::string identity_of(const rocks_state_store_options& options) {
  return "roomlog state, format " + std::to_string(fold_format_version) + ", " +
         std::to_string(options.partitions) + " partitions, epoch " + options.epoch;
}

result<> check_identity(rocksdb::DB& db, const std::filesystem::path& dir,
                        const rocks_state_store_options& options) {
  const std::string key(1, static_cast<char>(view_id::store));
  const std::string wanted = identity_of(options);
  std::string found;
  auto status = db.Get(rocksdb::ReadOptions(), key, &found);
  if (status.IsNotFound()) status = db.Put(rocksdb::WriteOptions(), key, wanted);
  if (!status.ok()) return io_error(dir.string(), status);
  if (!found.empty() && found != wanted) {
    return error{errc::mismatch, dir.string() + " holds \"" + found + "\", the log needs \"" +
                                     wanted + "\". If this is the right log, remove " +
                                     dir.string() + ": it is made again from the log"};
  }
  return {};
}

}  // namespace

result<std::unique_ptr<state_store>> open_rocks_state_store(
    const std::filesystem::path& dir, const rocks_state_store_options& options) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) return error{errc::io, dir.string() + ": " + failed.message()};
  const auto listener = std::make_shared<state_listener>();
  auto how = rocks_state_options(options.cache_bytes, options.files_max);
  how.listeners.push_back(listener);
  if (options.env != nullptr) how.env = options.env;
  rocksdb::DB* raw = nullptr;
  const auto status = rocksdb::DB::Open(how, dir.string(), &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) {
    const bool locked = status.IsIOError() && status.ToString().find("lock") != std::string::npos;
    return error{locked ? errc::in_use : errc::io, dir.string() + ": " + status.ToString()};
  }
  listener->watch(*db);
  if (auto fits = check_identity(*db, dir, options); !fits) return fits.error();
  auto place = file_place::of(dir / "LOCK");
  if (!place) return place.error();
  return std::unique_ptr<state_store>(std::make_unique<rocks_state_store>(
      std::move(db), listener, std::move(*place), options.partitions));
}

}  // namespace roomlog
