// What reader threads do for sessions: blocking reads of the views, answered as finished JSON or
// frames, so that the loop only copies bytes. Stateless.
#pragma once

#include <string>
#include <variant>

#include "projections/history_reader.h"
#include "pushers/session_env.h"

namespace roomlog {

// A page of history holds no more than this of records, whatever its limit says.
constexpr std::size_t query_page_bytes = 256 * 1024;

loaded_page load_page(history_reader& history, const page_request& request);

// The reply as JSON, or why there is none.
using view_answer = std::variant<std::string, client_error>;
view_answer read_view(history_reader& history, const view_query& query);
// What a client is told of a view's trouble.
client_error view_error(const error& e);

// The reply, an `error` too.
std::string answer_query(history_reader& history, const view_query& query);

}  // namespace roomlog
