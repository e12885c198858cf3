#include "projections/queries/view_history.h"

#include <algorithm>

#include "projections/queries/deleted_texts.h"
#include "projections/queries/page_builder.h"
#include "projections/queries/room_chooser.h"
#include "projections/store/big_endian.h"
#include "projections/views/rooms_view.h"

namespace roomlog {
namespace {

bool is_wanted(const history_query& query, const event& ev) {
  return query.kinds.empty() ||
         std::find(query.kinds.begin(), query.kinds.end(), event_kind(ev)) != query.kinds.end();
}

// Shows an edited message with the text that stands now, unless that came above `upto`.
result<> fold_edit_in(state_store& store, partition_id partition, room_id in, page_builder& builder,
                      history_entry& entry, seq_no last_edit, seq_no upto = seq_no{UINT64_MAX}) {
  if (last_edit.value == 0 || last_edit > upto || entry.standing.deleted) return {};
  const auto stored = store.read(partition, history_key(partition, in, last_edit));
  if (!stored) return {};
  const auto edit = builder.read(last_edit, history_record::decode(*stored));
  if (!edit) return edit.error();
  if (entry.ev.body_encoding != 0 || edit->ev.body_encoding != 0) return {};
  return builder.show_edited(entry, edit->ev);
}

// Gives entries in seq order, all of one room, what later events made of them; calls
// edited(index, last edit) for those that were edited.
template <class Edited>
void add_standings(state_store& store, partition_id partition, room_id in,
                   std::vector<history_entry>& entries, Edited&& edited) {
  if (entries.empty()) return;
  std::size_t i = 0;
  store.scan(partition, standing_key(partition, in, entries.front().standing.seq),
             standing_key(partition, in, next(entries.back().standing.seq)),
             scan_direction::forward, [&](std::string_view key, std::string_view value) {
               const seq_no seq = seq_in(key);
               while (i < entries.size() && entries[i].standing.seq < seq) ++i;
               if (i == entries.size()) return false;
               if (entries[i].standing.seq != seq) return true;  // a kind that is not shown
               const auto found = message_standing::decode(value);
               event_standing& shown = entries[i].standing;
               shown.deleted = found.deleted;
               shown.edited = found.edit_count > 0;
               shown.edit_count = found.edit_count;
               if (shown.edited) edited(i, found.last_edit);
               return true;
             });
  mark_edits_of_deleted(store, partition, in, entries);
}

// Bytes that one page looks at; entries are counted besides.
constexpr std::size_t scan_bytes_max = 8 << 20;

// What one scan of a room's history makes of its entries: a page, in the direction of paging until
// finish().
class page_scan {
 public:
  explicit page_scan(const history_query& query) : query_(query) {}

  // The next entry; false ends the scan.
  bool take(std::string_view key, std::string_view value) {
    if (entries_ == query_.scan_max || bytes_ > scan_bytes_max) return end_early();
    const seq_no seq = seq_in(key);
    auto entry = builder_.read(seq, history_record::decode(value));
    if (!entry) {
      trouble_ = entry.error();
      return false;
    }
    if (!is_wanted(query_, entry->ev)) {
      builder_.take_back();
    } else {
      const std::size_t have = builder_.page().entries.size();
      if (have == query_.limit || (have > 0 && builder_.bytes() > query_.bytes_max))
        return end_early();
      builder_.add(std::move(*entry));
    }
    ++entries_;
    bytes_ += value.size();
    builder_.page().next = seq;
    return true;
  }

  // Makes the messages stand as they do now. The texts of edits count in the bytes, too: behind as
  // many again the page ends.
  result<> show_standings(state_store& store, partition_id partition, room_id in) {
    auto& entries = builder_.page().entries;
    if (!trouble_ || entries.empty()) return trouble_;
    std::vector<seq_no> last_edits(entries.size());
    if (!query_.after) std::reverse(entries.begin(), entries.end());
    add_standings(store, partition, in, entries,
                  [&](std::size_t i, seq_no last_edit) { last_edits[i] = last_edit; });
    if (!query_.after) {
      std::reverse(entries.begin(), entries.end());
      std::reverse(last_edits.begin(), last_edits.end());
    }
    for (std::size_t i = 0; trouble_ && i < entries.size(); ++i) {
      if (i > 0 && builder_.bytes() > 2 * query_.bytes_max) {
        builder_.page().next = entries[i - 1].standing.seq;
        entries.resize(i);
        end_early();
        break;
      }
      trouble_ =
          fold_edit_in(store, partition, in, builder_, entries[i], last_edits[i], query_.upto);
    }
    return trouble_;
  }

  history_page finish() {
    auto& entries = builder_.page().entries;
    if (!query_.after) std::reverse(entries.begin(), entries.end());
    return builder_.finish();
  }

 private:
  bool end_early() {
    builder_.page().more = true;
    return false;
  }

  const history_query& query_;
  page_builder builder_;
  std::size_t entries_ = 0, bytes_ = 0;
  result<> trouble_;
};

result<> last_message_of(state_store& store, partition_id partition, room_id in, seq_no seq,
                         room_entry& entry, std::size_t& bytes) {
  const auto last = store.read(partition, history_key(partition, in, seq));
  if (!last) return {};
  page_builder builder;
  auto message = builder.read(seq, history_record::decode(*last));
  if (!message) return message.error();
  std::vector<history_entry> one{std::move(*message)};
  seq_no last_edit;
  add_standings(store, partition, in, one, [&](std::size_t, seq_no edit) { last_edit = edit; });
  if (auto shown = fold_edit_in(store, partition, in, builder, one.front(), last_edit); !shown) {
    return shown.error();
  }
  entry.last = std::move(one.front());
  entry.storage = builder.memory_used();
  bytes += builder.bytes();
  return {};
}

// A room as it is listed for `user`, with no role where they were put out meanwhile: that is asked
// last, so that nothing shown is from after it. `bytes` grows by the records that it holds.
result<room_entry> list_room(state_store& store, partition_worker& worker, room_id in,
                             std::string_view user, std::size_t& bytes) {
  const partition_id partition = worker.partition();
  const auto room_key = room_listing_key(partition, in);
  const auto own_key = member_listing_key(partition, in).text(user);
  const std::string_view keys[] = {room_key, own_key};
  const auto stored = store.read_together(partition, keys);
  if (!stored[0] || !stored[1]) {
    return error{errc::damaged, "the rooms view lacks a room's listing"};
  }
  const room_listing listing = room_listing::decode(*stored[0]);
  room_entry entry;
  entry.room = listing.room;
  entry.title = listing.title;
  entry.direct = listing.direct;
  entry.unread = listing.messages - member_listing::decode(*stored[1]).messages;
  if (listing.last_message.value != 0) {
    auto shown = last_message_of(store, partition, in, listing.last_message, entry, bytes);
    if (!shown) return shown.error();
  }
  const auto known = worker.ask([&](fold_state& fold) {
    const fold_state::room* found = fold.find_room(listing.room);
    if (!found) return false;
    entry.head = found->value.head;
    entry.role = fold.role_of(found->value.id, user);
    return true;
  });
  if (!known) return known.error();
  return entry;
}

}  // namespace

result<history_page> view_history::page(std::string_view room, const history_query& query) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  const seq_no first = query.after ? roomlog::next(*query.after) : seq_no{0};
  const seq_no end = end_of_page(query);
  page_scan scan(query);
  if (first < end) {
    store_.scan(
        at->partition, history_key(at->partition, at->room.id, first),
        history_key(at->partition, at->room.id, end),
        query.after ? scan_direction::forward : scan_direction::backward,
        [&](std::string_view key, std::string_view value) { return scan.take(key, value); });
  }
  // Not within the scan, which may hold the partition's gate.
  if (auto shown = scan.show_standings(store_, at->partition, at->room.id); !shown) {
    return shown.error();
  }
  return scan.finish();
} catch (const store_error& e) {
  return e.as_answer();
}

result<history_page> view_history::events_from(std::string_view room, seq_no first,
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
                auto entry = builder.read(seq_in(key), history_record::decode(value));
                if (!entry) {
                  trouble = entry.error();
                  return false;
                }
                builder.add(std::move(*entry));
                return true;
              });
  if (!trouble) return trouble.error();
  auto& entries = builder.page().entries;
  add_standings(store_, at->partition, at->room.id, entries, [](std::size_t, seq_no) {});
  for (history_entry& entry : entries) {
    entry.standing.edited = false;
    entry.standing.edit_count = 0;
  }
  return builder.finish();
} catch (const store_error& e) {
  return e.as_answer();
}

result<member_page> view_history::members(std::string_view room, const list_query& query) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  return list_members(store_, at->partition, member_listing_key(at->partition, at->room.id), query,
                      [](std::string user, std::string_view value) {
                        auto listed = member_listing::decode(value);
                        return member_entry{std::move(user), std::move(listed.name), listed.role};
                      });
} catch (const store_error& e) {
  return e.as_answer();
}

result<std::string> view_history::title_of(std::string_view room) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  const auto stored = store_.read(at->partition, room_listing_key(at->partition, at->room.id));
  if (!stored) return error{errc::damaged, "the rooms view lacks a room's listing"};
  return room_listing::decode(*stored).title;
} catch (const store_error& e) {
  return e.as_answer();
}

result<> view_history::wait_for_all() {
  for (const auto& worker : workers_) {
    if (!worker) {
      return error{errc::invalid, "this server folds a part of the log only: it lists no rooms"};
    }
    if (auto level = worker->wait_committed(wait_max_); !level) return level.error();
  }
  return {};
}

result<room_page> view_history::rooms_of(std::string_view tenant, std::string_view user,
                                         const rooms_query& query) try {
  room_page page;
  if (!is_id(tenant) || !is_id(user)) return page;
  if (auto level = wait_for_all(); !level) return level.error();
  room_chooser chooser(store_, tenant, user, query);
  for (const auto& worker : workers_) chooser.look_at(worker->partition());
  const auto chosen = chooser.finish();
  page.more = chosen.more;
  page.next = chosen.next;
  std::size_t bytes = 0;
  std::string last;
  for (const auto& room : chosen.rooms) {
    if (!page.rooms.empty() && bytes > query.bytes_max) {
      page.more = true;
      page.next = query.order == room_order::by_name ? last : std::string();
      break;
    }
    auto entry = list_room(store_, *workers_[room.partition.value], room.in, user, bytes);
    if (!entry) return entry.error();
    last = room.name;
    if (entry->role != member_role::none) page.rooms.push_back(std::move(*entry));
  }
  return page;
} catch (const store_error& e) {
  return e.as_answer();
}

}  // namespace roomlog
