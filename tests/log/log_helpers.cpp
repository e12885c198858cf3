#include "tests/log/log_helpers.h"

#include <gtest/gtest.h>

namespace roomlog::testing {

result<> append_answers::append(log& engine, partition_id partition,
                                std::vector<append_entry> entries) {
  std::size_t call = 0;
  {
    const std::lock_guard lock(mutex_);
    call = calls_++;
  }
  auto accepted = engine.append(partition, std::move(entries), [this, call](append_result outcome) {
    const std::lock_guard lock(mutex_);
    twice_ = !answers_.emplace(call, std::move(outcome)).second || twice_;
    changed_.notify_all();
  });
  const std::lock_guard lock(mutex_);
  if (accepted) {
    ++accepted_;
    changed_.notify_all();
  } else if (calls_ == call + 1) {
    calls_ = call;  // the place is free again
  }
  return accepted;
}

result<> append_answers::append(log& engine, partition_id partition, std::string value) {
  std::vector<append_entry> entries;
  entries.push_back({"key", std::move(value)});
  return append(engine, partition, std::move(entries));
}

bool append_answers::wait() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return answers_.size() >= accepted_; });
}

std::size_t append_answers::answered() const {
  const std::lock_guard lock(mutex_);
  return answers_.size();
}

append_result append_answers::answer(std::size_t call) const {
  const std::lock_guard lock(mutex_);
  return answers_.at(call);
}

bool append_answers::any_twice() const {
  const std::lock_guard lock(mutex_);
  return twice_;
}

append_result append_one(log& engine, partition_id partition, std::string value) {
  append_answers answers;
  if (auto accepted = answers.append(engine, partition, std::move(value)); !accepted) {
    return accepted.error();
  }
  if (!answers.wait()) return error{errc::timeout, "the append was not answered"};
  return answers.answer(0);
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back("value " + std::to_string(i));
  return values;
}

void append_all(log& engine, partition_id partition, const std::vector<std::string>& values) {
  append_answers answers;
  for (const auto& value : values) ASSERT_TRUE(answers.append(engine, partition, value));
  ASSERT_TRUE(answers.wait());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_TRUE(answers.answer(i));
}

std::vector<plain_record> read_from(log& engine, partition_id partition, offset from,
                                    std::size_t bytes_max) {
  std::vector<plain_record> records;
  for (auto at = from;;) {
    const auto batch = engine.read(partition, at, bytes_max).value();
    if (batch->empty()) return records;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const auto record = (*batch)[i];
      records.push_back({record.at, record.append_time, std::string(record.key),
                         std::string(as_text(record.value))});
    }
    at = batch->next_offset();
  }
}

std::vector<std::string> values_of(log& engine, partition_id partition) {
  std::vector<std::string> values;
  for (auto& record : read_from(engine, partition, offset{1})) {
    values.push_back(std::move(record.value));
  }
  return values;
}

}  // namespace roomlog::testing
