// The state store in memory: the reference, and what the simulation crashes and opens again. What
// was put is kept apart from what was committed, and what was committed can outlive the store, as a
// disk does:
//
//   const auto disk = make_memory_state(4);
//   { memory_state_store first(disk); … }      // a process that dies: what was staged is gone
//   memory_state_store second(disk);
//
// Keys that are scanned are kept in order beside the table; the fold's own keys only from the first
// scan of them on, since most processes never do that.
#pragma once

#include <memory>
#include <vector>

#include "projections/store/state_store.h"

namespace roomlog {

// What stores in memory have committed. One store at a time.
class memory_state;
std::shared_ptr<memory_state> make_memory_state(std::uint32_t partitions);

class memory_state_store final : public state_store {
 public:
  explicit memory_state_store(std::shared_ptr<memory_state> on);
  explicit memory_state_store(std::uint32_t partitions)
      : memory_state_store(make_memory_state(partitions)) {}
  ~memory_state_store() override;

  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(parts_.size()); }
  partition_gate& gate(partition_id partition) override;
  partition_store& partition(partition_id partition) override;
  result<> commit(std::span<const partition_id> which) override;
  result<> drop(partition_id partition, std::string_view prefix) override;
  std::unique_ptr<partition_store> begin_again(partition_id) override { return nullptr; }
  void adopt(partition_id, std::unique_ptr<partition_store>) override {}
  void scan(partition_id partition, std::string_view lower, std::string_view upper,
            scan_direction direction, const visitor& visit) override;
  std::optional<std::string> read(partition_id partition, std::string_view key) override;
  std::vector<std::optional<std::string>> read_together(
      partition_id partition, std::span<const std::string_view> keys) override;
  void dump(const visitor& visit) override;
  result<> flush() override { return {}; }

 private:
  class part;
  std::shared_ptr<memory_state> on_;
  std::vector<std::unique_ptr<part>> parts_;
};

}  // namespace roomlog
