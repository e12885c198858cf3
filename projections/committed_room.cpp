#include "projections/committed_room.h"

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
  if (!found) return error{errc::not_found, "no room " + std::string(room)};
  return committed_room{partition, *found};
}

std::vector<member_entry> list_members(
    state_store& store, partition_id partition, std::string_view prefix,
    const std::function<member_entry(std::string, std::string_view)>& entry_of) {
  std::vector<member_entry> all;
  store.scan(partition, prefix, after_prefix(prefix), scan_direction::forward,
             [&](std::string_view key, std::string_view value) {
               auto entry = entry_of(std::string(key.substr(prefix.size())), value);
               if (entry.role != member_role::none) all.push_back(std::move(entry));
               return true;
             });
  return all;
}

}  // namespace roomlog
