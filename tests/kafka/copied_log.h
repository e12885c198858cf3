// A conversation that a server has had on its embedded log, and the same records on Kafka.
#pragma once

#include <filesystem>
#include <string>

#include "log/kafka/kafka_log.h"
#include "tests/kafka/kafka_cluster.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {

class copied_log {
 public:
  static constexpr std::uint32_t partitions = 3;

  // Holds the conversation and copies it: two rooms, some messages, also such as are not ASCII.
  explicit copied_log(const kafka_cluster& to);

  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::string topic() const { return prefix_ + ".events"; }
  const std::string& prefix() const { return prefix_; }
  roomlog::kafka_log_options options() const;

 private:
  void converse() const;
  void copy() const;

  const std::string bootstrap_;
  const std::string prefix_;
  roomlog::testing::temporary_directory directory_;
};

}  // namespace roomlog::testing
