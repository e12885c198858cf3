#include "projections/store/rocks_state_partition.h"

#include <algorithm>

#include "projections/store/rocks_state_trouble.h"

namespace roomlog {
namespace {

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view text(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

// An entry of what was read ahead: '1' and the value, or '0' for a key that is not there.
std::optional<std::string_view> value_ahead(std::string_view known) {
  if (known.front() == '0') return std::nullopt;
  return known.substr(1);
}

}  // namespace

rocks_partition_store::rocks_partition_store(rocksdb::DB& db, held_ptr held) : db_(db) {
  set_held(std::move(held));
}

void rocks_partition_store::set_held(held_ptr held) {
  held_ = std::move(held);
  held_bytes_ = 0;
  if (!held_) return;
  for (const auto& [key, value] : *held_) held_bytes_ += key.size() + value.size();
}

std::optional<std::string_view> rocks_partition_store::get(std::string_view key) {
  if (staged_.size() > 0) {
    if (const auto found = staged_.find(key)) return found;
  }
  if (held_) {
    if (const auto found = held_->find(key); found != held_->end()) return found->second;
  }
  if (!expected_.empty()) read_ahead();
  if (ahead_.size() > 0) {
    if (const auto known = ahead_.find(key)) return value_ahead(*known);
  }
  found_.Reset();
  const auto status =
      db_.Get(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), slice(key), &found_);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) throw_store_error("read", status);
  return text(found_);
}

// In key order: neighbours in the batch are neighbours in the memtable.
void rocks_partition_store::add_to(rocksdb::WriteBatch& batch) {
  order_.clear();
  staged_.for_each([&](std::string_view key, std::string_view value) {
    order_.push_back({key, value});
  });
  std::sort(order_.begin(), order_.end());
  // Put fails only beyond max_bytes, which is not set. Of a key in both, the later put stands.
  if (held_) {
    for (const auto& [key, value] : *held_) (void)batch.Put(slice(key), slice(value));
  }
  for (const auto& [key, value] : order_) (void)batch.Put(slice(key), slice(value));
}

void rocks_partition_store::on_committed() {
  staged_.clear();
  set_held(nullptr);
  ahead_.clear();     // says nothing of what was just written
  expected_.clear();  // hints that nobody came back to
}

void rocks_partition_store::hold() {
  if (held_ && staged_.size() == 0) return;
  auto next = held_ ? std::make_shared<held_entries>(*held_) : std::make_shared<held_entries>();
  staged_.for_each([&](std::string_view key, std::string_view value) {
    next->insert_or_assign(std::string(key), std::string(value));
  });
  staged_.clear();
  set_held(std::move(next));
}

void rocks_partition_store::read_ahead() {
  std::vector<rocksdb::Slice> keys(expected_.begin(), expected_.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_.MultiGet(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), keys.size(), keys.data(),
               values.data(), statuses.data());
  ahead_.clear();
  std::string known;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!statuses[i].ok() && !statuses[i].IsNotFound()) continue;  // get() will see for itself
    known.assign(1, statuses[i].ok() ? '1' : '0');
    if (statuses[i].ok()) known.append(values[i].data(), values[i].size());
    ahead_.put(text(keys[i]), known);
  }
  expected_.clear();
}

}  // namespace roomlog
