// What read threads do for sessions and HTTP: blocking reads of the views, answered as finished
// JSON or frames, so that the loop only copies bytes. Stateless.
//
// Rights are checked here, when the read runs, not when it was asked for: a page of history ends at
// the head of that check; a list is shown only to who is still a member when it was read.
#pragma once

#include <string>
#include <variant>

#include "projections/queries/history_source.h"
#include "projections/worker/fold_lookup.h"
#include "pushers/client_limits.h"
#include "pushers/queries/json_list.h"
#include "pushers/queries/read_requests.h"

namespace roomlog {

// What is read from; all of it outlives the read.
struct read_sources {
  const fold_lookup& fold;
  history_source& history;
  const client_limits& limits;
};

// At most bytes_max of records, and of frames; one event at least.
loaded_page load_page(history_source& history, const page_request& request);

struct view_reply {
  std::string json;
  bool ended_early = false;  // a page with more behind it and fewer entries than asked for
};
// The reply, or why there is none. A page ends at query_page_bytes of JSON, with one entry at
// least.
using view_answer = std::variant<view_reply, client_error>;
view_answer read_view(const read_sources& from, const view_query& query, markup rule);
// A room with its first members, as HTTP shows it.
view_answer read_room(const read_sources& from, std::string_view room_key, std::string_view user,
                      markup rule);
found_cursor find_cursor(const fold_lookup& fold, const cursor_request& request);

// The same for a session: a trouble is an `error` frame.
query_answer answer_query(const read_sources& from, const view_query& query);

}  // namespace roomlog
