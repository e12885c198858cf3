// history_source that asks the views where they are level with the fold, and the log where they are
// not yet, or are not kept: per call and partition, so a view that comes up is used as soon as it
// has everything.
#pragma once

#include "projections/queries/log_history.h"
#include "projections/queries/view_history.h"

namespace roomlog {

class level_history final : public history_source {
 public:
  // Everything given outlives this; `fold` reads the state of `all`.
  level_history(log& events, state_store& store, const partition_workers& all,
                const fold_lookup& fold, const fold_service_options& options)
      : workers_(all), views_(store, all, options), log_(events, store, all, fold, options) {}

  result<history_page> page(std::string_view room, const history_query& query) override;
  result<history_page> events_from(std::string_view room, seq_no first,
                                   std::size_t bytes_max) override;
  result<member_page> members(std::string_view room, const list_query& query) override;
  result<std::string> title_of(std::string_view room) override;
  result<room_page> rooms_of(std::string_view tenant, std::string_view user,
                             const rooms_query& query) override;

 private:
  history_source& source_for(std::string_view room, view_id view);

  const partition_workers& workers_;
  view_history views_;
  log_history log_;
};

}  // namespace roomlog
