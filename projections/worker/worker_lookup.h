// fold_lookup over the workers of one process.
#pragma once

#include <memory>
#include <vector>

#include "projections/worker/fold_lookup.h"
#include "projections/worker/partition_worker.h"

namespace roomlog {

class worker_lookup final : public fold_lookup {
 public:
  // Worker p is that of partition p; null where another process folds it. Shared with calls of the
  // log that are on their way.
  using workers = std::vector<std::shared_ptr<partition_worker>>;

  // Both outlive this.
  worker_lookup(const log& events, const workers& all) : events_(events), workers_(all) {}

  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(workers_.size()); }
  offset position(partition_id partition) const override;
  offset log_end(partition_id partition) const override;
  bool sees_log_end() const override { return events_.sole_writer(); }
  bool folds(partition_id partition) const override { return workers_[partition.value] != nullptr; }
  bool can_decide(partition_id partition) const override;
  result<room_info> find_room(std::string_view room) const override;
  result<member_role> role_of(std::string_view room, std::string_view user) const override;
  result<decided_command> find_command(std::string_view room, std::string_view actor,
                                       std::string_view cid) const override;
  result<std::optional<reject_reason>> would_refuse(const event& ev) const override;
  result<std::uint64_t> fence_counter(partition_id partition,
                                      std::string_view gateway) const override;
  result<seq_no> first_seq_since(std::string_view room, timestamp since) const override;
  result<seq_no> first_seq_after(std::string_view room, offset after) const override;
  result<seq_no> first_available(std::string_view room) const override;
  bool has_everything(std::string_view room) const override;
  void when_folded(partition_id partition, offset until,
                   std::function<void(result<>)> done) override;
  void when_level(partition_id partition, std::function<void(result<>)> done) override;

 private:
  // Asks the worker of the room's partition; the answer is default-made where there is none.
  template <class Ask>
  auto ask(std::string_view room, Ask&& question) const;
  // The first seq of the room for which reached(event) holds, which must stay true from there on;
  // head + 1 when there is none. The gate is taken for one event at a time: what was accepted does
  // not change.
  template <class Reached>
  result<seq_no> first_seq(std::string_view room, Reached&& reached) const;

  const log& events_;
  const workers& workers_;
};

}  // namespace roomlog
