#include "projections/view_reads.h"

#include <algorithm>

#include "projections/big_endian.h"
#include "projections/page_builder.h"
#include "projections/rooms_view.h"

namespace roomlog {
namespace {

bool is_wanted(const history_query& query, const event& ev) {
  return query.kinds.empty() ||
         std::find(query.kinds.begin(), query.kinds.end(), event_kind(ev)) != query.kinds.end();
}

// Shows an edited message with the text that stands now. `last_edit` 0: it was not edited.
result<> fold_edit_in(state_store& store, partition_id partition, room_id in, page_builder& builder,
                      history_entry& entry, seq_no last_edit) {
  if (last_edit.value == 0 || entry.standing.deleted) return {};
  const auto stored = store.read(partition, history_key(partition, in, last_edit));
  if (!stored) return {};
  const auto edit = builder.read(last_edit, *stored);
  if (!edit) return edit.error();
  if (entry.ev.body_encoding != 0 || edit->ev.body_encoding != 0) return {};
  return builder.show_edited(entry, edit->ev);
}

}  // namespace

result<history_page> view_reads::page(std::string_view room, const history_query& query) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  const bool forward = query.after.has_value();
  const auto lower =
      history_key(at->partition, at->room.id, forward ? roomlog::next(*query.after) : seq_no{0});
  const auto upper = query.before
                         ? history_key(at->partition, at->room.id, *query.before)
                         : history_key(at->partition, room_id{at->room.id.value + 1}, seq_no{0});
  page_builder builder;
  std::vector<seq_no> last_edits;  // of the page's entries
  result<> trouble;
  store_.scan(at->partition, lower, upper,
              forward ? scan_direction::forward : scan_direction::backward,
              [&](std::string_view key, std::string_view value) {
                auto entry = builder.read(seq_in(key), value);
                if (!entry) {
                  trouble = entry.error();
                  return false;
                }
                if (!is_wanted(query, entry->ev)) {
                  builder.take_back();
                  return true;
                }
                const std::size_t have = builder.page().entries.size();
                if (have >= query.limit || (have > 0 && builder.bytes() > query.bytes_max)) {
                  builder.page().more = true;
                  return false;
                }
                builder.add(std::move(*entry));
                last_edits.push_back(history_value::decode(value).last_edit);
                return true;
              });
  // Not within the scan, which may hold the partition's gate.
  for (std::size_t i = 0; trouble && i < last_edits.size(); ++i) {
    trouble = fold_edit_in(store_, at->partition, at->room.id, builder, builder.page().entries[i],
                           last_edits[i]);
  }
  if (!trouble) return trouble.error();
  if (!forward) std::reverse(builder.page().entries.begin(), builder.page().entries.end());
  return builder.finish();
} catch (const store_error& e) {
  return error{errc::damaged, e.what()};
}

result<history_page> view_reads::events_from(std::string_view room, seq_no first,
                                             std::size_t bytes_max) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  page_builder builder;
  result<> trouble;
  store_.scan(at->partition, history_key(at->partition, at->room.id, first),
              history_key(at->partition, room_id{at->room.id.value + 1}, seq_no{0}),
              scan_direction::forward, [&](std::string_view key, std::string_view value) {
                if (!builder.page().entries.empty() && builder.bytes() + value.size() > bytes_max) {
                  builder.page().more = true;
                  return false;
                }
                auto entry = builder.read(seq_in(key), value);
                if (!entry) {
                  trouble = entry.error();
                  return false;
                }
                entry->standing.edited = false;
                entry->standing.edit_count = 0;
                builder.add(std::move(*entry));
                return true;
              });
  if (!trouble) return trouble.error();
  return builder.finish();
} catch (const store_error& e) {
  return error{errc::damaged, e.what()};
}

result<std::vector<member_entry>> view_reads::members(std::string_view room) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  return list_members(store_, at->partition, member_listing_key(at->partition, at->room.id),
                      [](std::string user, std::string_view value) {
                        auto listed = member_listing::decode(value);
                        return member_entry{std::move(user), std::move(listed.name), listed.role};
                      });
} catch (const store_error& e) {
  return error{errc::damaged, e.what()};
}

result<std::string> view_reads::title_of(std::string_view room) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  const auto stored = store_.read(at->partition, room_listing_key(at->partition, at->room.id));
  if (!stored) return error{errc::damaged, "the rooms view lacks a room's listing"};
  return room_listing::decode(*stored).title;
} catch (const store_error& e) {
  return error{errc::damaged, e.what()};
}

result<room_entry> view_reads::list_room(partition_worker& worker, room_id in,
                                         std::string_view user) {
  const partition_id partition = worker.partition();
  const auto room_key = room_listing_key(partition, in);
  const auto own_key = member_listing_key(partition, in).text(user);
  const std::string_view keys[] = {room_key, own_key};
  const auto stored = store_.read_together(partition, keys);
  if (!stored[0] || !stored[1]) {
    return error{errc::damaged, "the rooms view lacks a room's listing"};
  }
  const room_listing listing = room_listing::decode(*stored[0]);
  const member_listing own = member_listing::decode(*stored[1]);
  room_entry entry;
  entry.room = listing.room;
  entry.title = listing.title;
  entry.direct = listing.direct;
  entry.role = own.role;
  entry.unread = listing.messages - own.messages;
  entry.head = worker.ask([&](fold_state& fold) {
    const fold_state::room* found = fold.find_room(listing.room);
    return found ? found->value.head : seq_no{};
  });
  if (listing.last_message.value == 0) return entry;
  const auto last = store_.read(partition, history_key(partition, in, listing.last_message));
  if (!last) return entry;
  page_builder builder;
  auto message = builder.read(listing.last_message, *last);
  if (!message) return message.error();
  if (auto shown = fold_edit_in(store_, partition, in, builder, *message,
                                history_value::decode(*last).last_edit);
      !shown) {
    return shown.error();
  }
  entry.last = std::move(*message);
  entry.storage = builder.memory_used();
  return entry;
}

result<std::vector<room_entry>> view_reads::rooms_of(std::string_view tenant,
                                                     std::string_view user) try {
  std::vector<room_entry> rooms;
  if (!is_id(tenant) || !is_id(user)) return rooms;
  for (const auto& worker : workers_) {
    if (!worker) {
      return error{errc::invalid, "this server folds a part of the log only: it lists no rooms"};
    }
    if (auto level = worker->wait_committed(wait_max_); !level) return level.error();
    std::vector<room_id> ids;
    const auto prefix = rooms_of_user_key(worker->partition(), tenant, user);
    store_.scan(worker->partition(), prefix, after_prefix(prefix), scan_direction::forward,
                [&](std::string_view key, std::string_view value) {
                  const auto id =
                      big_endian_reader(key.substr(prefix.view().size())).number<std::uint32_t>();
                  if (value == "\1") ids.push_back(room_id{id});
                  return true;
                });
    for (room_id id : ids) {
      auto entry = list_room(*worker, id, user);
      if (!entry) return entry.error();
      rooms.push_back(std::move(*entry));
    }
  }
  std::sort(rooms.begin(), rooms.end(),
            [](const room_entry& a, const room_entry& b) { return a.room < b.room; });
  return rooms;
} catch (const store_error& e) {
  return error{errc::damaged, e.what()};
}

}  // namespace roomlog
