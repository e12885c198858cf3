// Reads of history, rooms and members: from the views (view_history) or, where they are not level
// with the fold or not kept, from the fold's keys and the log itself (log_history). They block on
// RocksDB or on the log's storage: call them on a read thread, not on an event loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"
#include "schemas/protocol/event_json.h"

namespace roomlog {

// Entries that one page looks at, whatever it is asked for; it then ends early.
constexpr std::size_t page_scan_max = 2'000;
// Rooms of a user among which the most recent are looked for.
constexpr std::size_t recent_rooms_max = 10'000;

// An event as a page shows it. `ev` borrows from the page that it came in.
struct history_entry {
  event_standing standing;
  event ev;
};

struct history_page {
  std::vector<history_entry> entries;   // in seq order
  bool more = false;                    // in the direction of paging
  seq_no next;                          // with `more`: the next page's `after` or `before`
  seq_no first_available{1};            // what is below was cut from the log, and no view has it
  bool as_posted = false;               // edits are not folded in, also where the call does so
  std::shared_ptr<const void> storage;  // what the entries borrow from
};

struct history_query {
  std::optional<seq_no> before{}, after{};  // at most one; none: the newest page
  seq_no upto{UINT64_MAX};                  // nothing above it is shown, edits included
  std::size_t limit = 50;
  std::size_t bytes_max = 1 << 20;  // of records; a page ends early, with at least one entry
  std::size_t scan_max = page_scan_max;
  std::vector<std::string> kinds{};  // as event_kind() names them; empty: all
};

// The seq at which a page ends, itself not included.
inline seq_no end_of_page(const history_query& query) {
  const seq_no end = query.before.value_or(seq_no{UINT64_MAX});
  return query.upto < end ? next(query.upto) : end;
}

// A part of a list in the order of its names' bytes.
struct list_query {
  std::string after{};  // begins behind this name; empty: at the beginning
  std::size_t limit = 200;
  std::size_t scan_max = page_scan_max;
};

struct member_entry {
  std::string user;
  std::string name;  // as last seen on an event of theirs in this room; empty: none
  member_role role = member_role::none;
};

struct member_page {
  std::vector<member_entry> members;
  bool more = false;
  std::string next;  // with `more`: the next page's `after`
};

enum class room_order { by_name, recent };

struct rooms_query : list_query {
  room_order order = room_order::by_name;  // recent: the latest event first; takes no `after`
  std::size_t bytes_max = 1 << 20;         // of records; a page ends early, with one room at least
};

struct room_entry {
  std::string room;  // key, "tenant/room"
  std::string title;
  bool direct = false;
  member_role role = member_role::none;
  seq_no head;
  seq_no read;  // 0: nothing
  std::uint64_t unread = 0;
  std::optional<history_entry> last;
  std::shared_ptr<const void> storage;  // what `last` borrows from
};

struct room_page {
  std::vector<room_entry> rooms;
  bool more = false;
  std::string next;  // with `more`, by name: the next page's `after`, a room without its tenant
};

// Thread-safe. A view never shows an older state than the fold had decided when the call began: the
// calls wait for the commit of what is decided (milliseconds), at most `wait_max`, then
// errc::timeout. errc::unavailable and errc::timeout, also of a log that does not answer: ask
// again.
class history_source {
 public:
  virtual ~history_source() = default;
  // errc::not_found: no such room.
  virtual result<history_page> page(std::string_view room, const history_query& query) = 0;
  // For catch-up: consecutive entries from `first` or first_available on, whichever is later, edits
  // not folded in (deleted ones are marked). Empty at the head.
  virtual result<history_page> events_from(std::string_view room, seq_no first,
                                           std::size_t bytes_max) = 0;
  virtual result<member_page> members(std::string_view room, const list_query& query) = 0;
  // Empty: the room has none, or there is no view that knows it.
  virtual result<std::string> title_of(std::string_view room) = 0;
  // Of recent_rooms_max rooms at most, where the latest are asked for. errc::invalid, with a text
  // for clients, where there is no view of rooms, or not all partitions are folded here;
  // errc::unavailable while that view is being built.
  virtual result<room_page> rooms_of(std::string_view tenant, std::string_view user,
                                     const rooms_query& query) = 0;
};

}  // namespace roomlog
