// Reads of history, rooms and members: from the views (view_reads) or, where a process keeps none,
// from the fold's keys and the log itself (log_reads). They block on RocksDB or on the log's
// storage: call them on a reader thread, not on an event loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/result.h"
#include "schemas/event_json.h"

namespace roomlog {

// An event as a page shows it. `ev` borrows from the page that it came in.
struct history_entry {
  event_standing standing;
  event ev;
};

struct history_page {
  std::vector<history_entry> entries;   // in seq order
  bool more = false;                    // in the direction of paging
  seq_no first_available{1};            // what is below was cut from the log, and no view has it
  bool as_posted = false;               // edits are not folded in, also where the call does so
  std::shared_ptr<const void> storage;  // what the entries borrow from
};

struct history_query {
  std::optional<seq_no> before, after;  // at most one; none: the newest page
  std::size_t limit = 50;
  std::size_t bytes_max = 1 << 20;  // a page ends early, with at least one entry
  std::vector<std::string> kinds;   // as event_kind() names them; empty: all
};

struct member_entry {
  std::string user;
  std::string name;  // as last seen on an event of theirs in this room; empty: none
  member_role role = member_role::none;
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

// Thread-safe. A view never shows an older state than the fold had decided when the call began: the
// calls wait for the commit of what is decided (milliseconds), at most `wait_max`, then
// errc::timeout. errc::unavailable and errc::timeout, also of a log that does not answer: ask
// again.
class history_reader {
 public:
  virtual ~history_reader() = default;
  // errc::not_found: no such room.
  virtual result<history_page> page(std::string_view room, const history_query& query) = 0;
  // For catch-up: consecutive entries from `first` or first_available on, whichever is later, edits
  // not folded in (deleted ones are marked). Empty at the head.
  virtual result<history_page> events_from(std::string_view room, seq_no first,
                                           std::size_t bytes_max) = 0;
  virtual result<std::vector<member_entry>> members(std::string_view room) = 0;
  // Empty: the room has none, or there is no view that knows it.
  virtual result<std::string> title_of(std::string_view room) = 0;
  // errc::invalid, with a text for clients, where there is no view of rooms, or not all partitions
  // are folded here.
  virtual result<std::vector<room_entry>> rooms_of(std::string_view tenant,
                                                   std::string_view user) = 0;
};

}  // namespace roomlog
