#include "log/record.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace roomlog {

record_view record_batch::operator[](std::size_t i) const {
  const entry& e = entries_[i];
  const auto* base = reinterpret_cast<const std::byte*>(block_.data());
  return {e.at,
          e.append_time,
          {reinterpret_cast<const char*>(base + e.key_begin), e.key_size},
          {base + e.value_begin, e.value_size}};
}

record_batch_builder::record_batch_builder(partition_id partition, offset next)
    : batch_(std::make_shared<record_batch>()) {
  batch_->partition_ = partition;
  batch_->next_offset_ = next;
}

void record_batch_builder::reserve(std::size_t records, std::size_t bytes) {
  batch_->entries_.reserve(records);
  batch_->block_.reserve((bytes + 32 * records) / sizeof(record_batch::block_unit) + 1);
}

std::size_t record_batch_builder::put(byte_view bytes) {
  constexpr std::size_t unit = sizeof(record_batch::block_unit);
  const std::size_t begin = used_;
  used_ += (bytes.size() + unit - 1) / unit * unit;
  auto& block = batch_->block_;
  if (block.capacity() * unit < used_) block.reserve(std::max(block.capacity() * 2, used_ / unit));
  block.resize(used_ / unit);
  if (!bytes.empty()) {
    std::memcpy(reinterpret_cast<std::byte*>(block.data()) + begin, bytes.data(), bytes.size());
  }
  return begin;
}

void record_batch_builder::add(offset at, timestamp append_time, std::string_view key,
                               byte_view value) {
  assert(at >= batch_->next_offset_);
  const auto key_begin = put(as_byte_view(key));
  const auto value_begin = put(value);
  batch_->entries_.push_back({at, append_time, static_cast<std::uint32_t>(key_begin),
                              static_cast<std::uint32_t>(key.size()),
                              static_cast<std::uint32_t>(value_begin),
                              static_cast<std::uint32_t>(value.size())});
  batch_->next_offset_ = next(at);
}

std::shared_ptr<const record_batch> record_batch_builder::finish() {
  return std::move(batch_);
}

}  // namespace roomlog
