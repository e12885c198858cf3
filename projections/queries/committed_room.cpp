#include "projections/queries/committed_room.h"

#include "log/partitioner.h"

namespace roomlog {

result<committed_room> find_committed(const partition_workers& workers, std::string_view room,
                                      std::chrono::milliseconds wait_max) {
  if (!is_id(room)) return error{errc::not_found, "no such room"};
  const partition_id partition = partition_of(room, static_cast<std::uint32_t>(workers.size()));
  if (!workers[partition.value]) {
    return error{errc::unavailable,
                 "partition " + std::to_string(partition.value) + " is not folded by this server"};
  }
  partition_worker& worker = *workers[partition.value];
  if (auto level = worker.wait_committed(wait_max); !level) return level.error();
  const auto found = worker.ask([&](fold_state& fold) -> std::optional<room_state> {
    const fold_state::room* in = fold.find_room(room);
    if (!in) return std::nullopt;
    return in->value;
  });
  if (!found) return found.error();
  if (!*found) return error{errc::not_found, "no room " + std::string(room)};
  return committed_room{partition, **found};
}

member_page list_members(
    state_store& store, partition_id partition, std::string_view prefix, const list_query& query,
    const std::function<member_entry(std::string, std::string_view)>& entry_of) {
  member_page page;
  std::size_t looked_at = 0;
  store.scan(partition, key_behind(prefix, query.after), after_prefix(prefix),
             scan_direction::forward, [&](std::string_view key, std::string_view value) {
               const auto user = key.substr(prefix.size());
               auto entry = entry_of(std::string(user), value);
               const bool listed = entry.role != member_role::none;
               if (looked_at == query.scan_max || (listed && page.members.size() == query.limit)) {
                 page.more = true;
                 return false;
               }
               ++looked_at;
               page.next = user;
               if (listed) page.members.push_back(std::move(entry));
               return true;
             });
  return page;
}

}  // namespace roomlog
