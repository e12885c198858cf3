// What reader threads do for sessions: blocking reads of the views, answered as finished JSON or
// frames, so that the loop only copies bytes. Stateless.
#pragma once

#include <string>
#include <variant>

#include "projections/history_reader.h"
#include "pushers/session_env.h"

namespace roomlog {

loaded_page load_page(history_reader& history, const page_request& request);

struct view_reply {
  std::string json;
  bool ended_early = false;  // a page with more behind it and fewer entries than asked for
};
// The reply, or why there is none. A page holds at most `page_bytes` of records, whatever its limit
// says, but one entry.
using view_answer = std::variant<view_reply, client_error>;
view_answer read_view(history_reader& history, const view_query& query, std::size_t page_bytes);
// What a client is told of a trouble of views or log: its text only where it is errc::invalid,
// which is for the client.
client_error view_error(const error& e);

// The same for a session: a trouble is an `error` frame.
query_answer answer_query(history_reader& history, const view_query& query, std::size_t page_bytes);

}  // namespace roomlog
