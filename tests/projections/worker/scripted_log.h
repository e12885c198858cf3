// A log of one partition whose records are given beforehand and shown bit by bit; it can be told to
// be damaged, and to lose its head as retention takes it. For tests of the worker; append() is
// refused.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "log/log_wrapper.h"
#include "log/memory_log.h"
#include "tests/projections/fold/generated_records.h"

namespace roomlog::testing {

class scripted_log final : public log_wrapper {
 public:
  explicit scripted_log(std::vector<generated_record> records)
      : log_wrapper(open_empty()), records_(std::move(records)) {}

  // Records below this are visible; followers are told.
  void show(std::size_t end) {
    end_ = end;
    if (on_end_) on_end_();
  }
  // Records below this are gone.
  void cut(std::size_t start) { start_ = start; }
  std::size_t size() const { return records_.size(); }
  std::vector<generated_record>& records() { return records_; }
  // Reads at or beyond this offset fail.
  std::atomic<std::size_t> damaged_at{static_cast<std::size_t>(-1)};
  // Reads are not answered.
  std::atomic<bool> silent{false};
  // What failure() says; set before threads start.
  std::string failed;
  std::size_t records_per_read = 1000;
  // Called before each read.
  std::function<void(offset from)> on_read = [](offset) {};

  result<> append(partition_id, std::vector<append_entry>, append_handler) override {
    return error{errc::unavailable, "a scripted log takes no records"};
  }
  result<std::shared_ptr<const record_batch>> read(partition_id p, offset from,
                                                   std::size_t bytes_max) override {
    on_read(from);
    if (silent) return error{errc::timeout, "no broker gives the record"};
    if (from.value >= damaged_at) {
      return error{errc::damaged, "checksum fails at offset " + std::to_string(from.value)};
    }
    if (from.value < start_ || from.value > end_) {
      return error{errc::out_of_range, "offset " + std::to_string(from.value) +
                                           ": below the start " + std::to_string(start_)};
    }
    record_batch_builder builder(p, from);
    const std::size_t end =
        std::min({end_.load(), damaged_at.load(), from.value + records_per_read});
    for (std::size_t i = from.value; i < end; ++i) {
      if (builder.size() > 0 && builder.bytes() + records_[i].value.size() > bytes_max) break;
      builder.add(offset{i}, records_[i].append_time, "", as_byte_view(records_[i].value));
    }
    return builder.finish();
  }
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id p, offset from,
                                                                   std::size_t bytes_max) override {
    return read(p, from, bytes_max);
  }
  log_bounds bounds(partition_id) const override { return {offset{start_}, offset{end_}}; }
  void find_end(partition_id, std::function<void(result<offset>)> done) override {
    done(offset{end_});
  }
  std::unique_ptr<follow_handle> follow(partition_id, std::function<void()> on_end) override {
    on_end_ = std::move(on_end);
    return std::make_unique<follow_handle>();
  }
  std::string failure() const override { return failed; }

 private:
  static std::unique_ptr<log> open_empty() {
    memory_log_options options;
    options.wanted = {1, "abc123"};
    options.writes = memory_log_options::writer::by_hand;
    return open_memory_log(options).value();
  }

  std::vector<generated_record> records_;
  std::atomic<std::size_t> start_{0}, end_{0};
  std::function<void()> on_end_;
};

}  // namespace roomlog::testing
