// history_source over the views' keys of one process, where those are level with the fold.
#pragma once

#include <memory>
#include <vector>

#include "projections/queries/committed_room.h"
#include "projections/queries/history_source.h"
#include "projections/worker/fold_service_options.h"
#include "projections/worker/partition_worker.h"

namespace roomlog {

class view_history final : public history_source {
 public:
  using workers = partition_workers;

  // `store` and `all` outlive this.
  view_history(state_store& store, const workers& all, const fold_service_options& options)
      : store_(store), workers_(all), wait_max_(options.wait_max) {}

  result<history_page> page(std::string_view room, const history_query& query) override;
  result<history_page> events_from(std::string_view room, seq_no first,
                                   std::size_t bytes_max) override;
  result<member_page> members(std::string_view room, const list_query& query) override;
  result<std::string> title_of(std::string_view room) override;
  result<room_page> rooms_of(std::string_view tenant, std::string_view user,
                             const rooms_query& query) override;

 private:
  // What is decided when this is called is committed in all partitions; errc::invalid where some
  // are not folded here.
  result<> wait_for_all();

  state_store& store_;
  const workers& workers_;
  const std::chrono::milliseconds wait_max_;
};

}  // namespace roomlog
