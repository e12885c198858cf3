#include "projections/queries/level_history.h"

#include <algorithm>

#include "log/partitioner.h"
#include "projections/views/history_view.h"
#include "projections/views/rooms_view.h"

namespace roomlog {

// Of a partition that is not folded here both know nothing; the views say so of everything.
history_source& level_history::source_for(std::string_view room, view_id view) {
  const auto of = partition_of(room, static_cast<std::uint32_t>(workers_.size()));
  const auto& worker = workers_[of.value];
  if (worker && !worker->views().is_level(view)) return log_;
  return views_;
}

result<history_page> level_history::page(std::string_view room, const history_query& query) {
  return source_for(room, history_view_id).page(room, query);
}

result<history_page> level_history::events_from(std::string_view room, seq_no first,
                                                std::size_t bytes_max) {
  return source_for(room, history_view_id).events_from(room, first, bytes_max);
}

result<member_page> level_history::members(std::string_view room, const list_query& query) {
  return source_for(room, rooms_view_id).members(room, query);
}

result<std::string> level_history::title_of(std::string_view room) {
  return source_for(room, rooms_view_id).title_of(room);
}

// A list of rooms cannot come from the log. It shows their last messages, too.
result<room_page> level_history::rooms_of(std::string_view tenant, std::string_view user,
                                          const rooms_query& query) {
  if (std::ranges::find(workers_, nullptr) != workers_.end()) {
    return views_.rooms_of(tenant, user, query);  // says that not all are folded here
  }
  for (const auto& worker : workers_) {
    const view_marks& views = worker->views();
    if (!views.keeps(rooms_view_id) || !views.keeps(history_view_id)) {
      return log_.rooms_of(tenant, user, query);
    }
    if (views.is_level(rooms_view_id) && views.is_level(history_view_id)) continue;
    return error{errc::unavailable, "the view of rooms has not come up: partition " +
                                        std::to_string(worker->partition().value) +
                                        " is not level yet"};
  }
  return views_.rooms_of(tenant, user, query);
}

}  // namespace roomlog
