#include "projections/rocks_state_store.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "projections/byte_table.h"
#include "projections/rocks_state_options.h"
#include "projections/state_keys.h"

namespace roomlog {
namespace {

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view text(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

error io_error(const std::string& what, const rocksdb::Status& status) {
  return {errc::io, what + ": " + status.ToString()};
}

// Reads fall through from what is staged to what was read ahead, to the database. What is expected
// is read ahead in one go, which costs about half of single reads.
class rocks_partition_store final : public partition_store {
 public:
  explicit rocks_partition_store(rocksdb::DB& db) : db_(db) {}

  std::optional<std::string_view> get(std::string_view key) override {
    if (staged_.size() > 0) {
      if (const auto found = staged_.find(key)) return found;
    }
    if (!expected_.empty()) read_ahead();
    if (ahead_.size() > 0) {
      if (const auto known = ahead_.find(key)) return value_ahead(*known);
    }
    found_.Reset();
    const auto status =
        db_.Get(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), slice(key), &found_);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) throw store_error("state store cannot read: " + status.ToString());
    return text(found_);
  }
  void put(std::string_view key, std::string_view value) override { staged_.put(key, value); }
  void expect_get(std::string_view key) override { expected_.emplace_back(key); }
  std::size_t staged_bytes() const override { return staged_.bytes(); }

  // In key order: neighbours in the batch are neighbours in the memtable.
  void add_staged_to(rocksdb::WriteBatch& batch) {
    order_.clear();
    staged_.for_each([&](std::string_view key, std::string_view value) {
      order_.push_back({key, value});
    });
    std::sort(order_.begin(), order_.end());
    for (const auto& [key, value] : order_) {
      (void)batch.Put(slice(key), slice(value));  // fails only beyond max_bytes, which is not set
    }
  }
  void on_committed() {
    staged_.clear();
    ahead_.clear();     // says nothing of what was just written
    expected_.clear();  // hints that nobody came back to
  }

  partition_gate gate_;

 private:
  // An entry of ahead_: '1' and the value, or '0' for a key that is not there.
  static std::optional<std::string_view> value_ahead(std::string_view known) {
    if (known.front() == '0') return std::nullopt;
    return known.substr(1);
  }

  void read_ahead() {
    std::vector<rocksdb::Slice> keys(expected_.begin(), expected_.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_.MultiGet(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), keys.size(), keys.data(),
                 values.data(), statuses.data());
    ahead_.clear();
    std::string known;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!statuses[i].ok() && !statuses[i].IsNotFound()) continue;  // get() will see for itself
      known = statuses[i].ok() ? "1" : "0";
      if (statuses[i].ok()) known.append(values[i].data(), values[i].size());
      ahead_.put(text(keys[i]), known);
    }
    expected_.clear();
  }

  rocksdb::DB& db_;
  byte_table staged_;
  std::vector<std::string> expected_;
  byte_table ahead_;
  rocksdb::PinnableSlice found_;
  std::vector<std::pair<std::string_view, std::string_view>> order_;
};

class rocks_state_store final : public state_store {
 public:
  rocks_state_store(std::unique_ptr<rocksdb::DB> db, std::uint32_t partitions)
      : db_(std::move(db)) {
    for (std::uint32_t p = 0; p < partitions; ++p) {
      parts_.push_back(std::make_unique<rocks_partition_store>(*db_));
    }
  }
  ~rocks_state_store() override {
    parts_.clear();
    (void)db_->Close();  // what was not flushed is in the write-ahead log
  }

  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(parts_.size()); }
  partition_gate& gate(partition_id partition) override { return parts_[partition.value]->gate_; }
  partition_store& partition(partition_id partition) override { return *parts_[partition.value]; }

  result<> commit(std::span<const partition_id> which) override {
    rocksdb::WriteBatch batch;
    for (partition_id p : which) parts_[p.value]->add_staged_to(batch);
    rocksdb::WriteOptions options;
    options.memtable_insert_hint_per_batch = true;
    const auto status = db_->Write(options, &batch);
    if (!status.ok()) return io_error("state store cannot write", status);
    for (partition_id p : which) {
      const auto lock = gate(p).enter_as_fold();
      parts_[p.value]->on_committed();
    }
    return {};
  }

  void scan(partition_id, std::string_view lower, std::string_view upper, scan_direction direction,
            const visitor& visit) override {
    const rocksdb::Slice from = slice(lower), to = slice(upper);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &from;
    options.iterate_upper_bound = &to;
    const std::unique_ptr<rocksdb::Iterator> i(db_->NewIterator(options));
    const bool forward = direction == scan_direction::forward;
    for (forward ? i->SeekToFirst() : i->SeekToLast(); i->Valid();
         forward ? i->Next() : i->Prev()) {
      if (!visit(text(i->key()), text(i->value()))) return;
    }
    if (!i->status().ok()) throw store_error("state store cannot scan: " + i->status().ToString());
  }

  std::optional<std::string> read(partition_id, std::string_view key) override {
    return value_of(rocksdb::ReadOptions(), key);
  }
  std::vector<std::optional<std::string>> read_together(
      partition_id, std::span<const std::string_view> keys) override {
    rocksdb::ManagedSnapshot commit(db_.get());
    rocksdb::ReadOptions options;
    options.snapshot = commit.snapshot();
    std::vector<std::optional<std::string>> values;
    for (const std::string_view key : keys) values.push_back(value_of(options, key));
    return values;
  }
  void dump(const visitor& visit) override {
    const std::unique_ptr<rocksdb::Iterator> i(db_->NewIterator(rocksdb::ReadOptions()));
    for (i->SeekToFirst(); i->Valid(); i->Next()) {
      if (view_of(text(i->key())) == view_id::store) continue;
      if (!visit(text(i->key()), text(i->value()))) return;
    }
    if (!i->status().ok()) throw store_error("state store cannot scan: " + i->status().ToString());
  }

  result<> flush() override {
    const auto status = db_->Flush(rocksdb::FlushOptions());
    if (!status.ok()) return io_error("state store cannot flush", status);
    return {};
  }

 private:
  std::optional<std::string> value_of(const rocksdb::ReadOptions& how, std::string_view key) {
    std::string value;
    const auto status = db_->Get(how, slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) throw store_error("state store cannot read: " + status.ToString());
    return value;
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<std::unique_ptr<rocks_partition_store>> parts_;
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
    return error{errc::mismatch,
                 dir.string() + " holds \"" + found + "\", the log needs \"" + wanted + "\""};
  }
  return {};
}

}  // namespace

result<std::unique_ptr<state_store>> open_rocks_state_store(
    const std::filesystem::path& dir, const rocks_state_store_options& options) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) return error{errc::io, dir.string() + ": " + failed.message()};
  rocksdb::DB* raw = nullptr;
  const auto status =
      rocksdb::DB::Open(rocks_state_options(options.cache_bytes), dir.string(), &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) {
    const bool locked = status.IsIOError() && status.ToString().find("lock") != std::string::npos;
    return error{locked ? errc::in_use : errc::io, dir.string() + ": " + status.ToString()};
  }
  if (auto fits = check_identity(*db, dir, options); !fits) return fits.error();
  return std::unique_ptr<state_store>(
      std::make_unique<rocks_state_store>(std::move(db), options.partitions));
}

}  // namespace roomlog
