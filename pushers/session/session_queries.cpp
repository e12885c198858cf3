#include "pushers/session/session_queries.h"

#include <algorithm>
#include <utility>

#include "pushers/queries/read_errors.h"

namespace roomlog {

void session_queries::ask(view_query query) {
  waiting_.push_back(std::move(query));
  run_waiting();
  if (!waiting_.empty()) ++replies_.context().counters.queries_waited;
}

void session_queries::run_those_with_room() {
  while (!waiting_.empty() && has_room_for_page()) {
    auto query = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    const auto& context = replies_.context();
    query.ticket = ++last_ticket_;
    query.deadline = env_.now().steady + context.times.fold_wait;
    const auto id = std::visit([](const auto& what) { return what.id; }, query.what);
    reading_.push_back({query.ticket, id, query.deadline});
    if (env_.run_query(std::move(query))) continue;
    reading_.pop_back();
    replies_.refuse(id, too_many_reads(context.limits));
  }
}

// Beside what waits to be sent and the pages that are being read. A page that takes the bound alone
// has room beside a quarter of it: the rest of a cut event waits nearly always for a reader that is
// a little slow.
bool session_queries::has_room_for_page() const {
  const auto& limits = replies_.context().limits;
  const auto page = limits.query_page_bytes, bound = limits.output_bytes_max;
  const auto expected =
      replies_.waiting() + reading_.size() * page + (events_.page_open() ? limits.page_bytes : 0);
  return expected + page <= std::max(bound, page + bound / 4);
}

void session_queries::on_answer(const query_answer& answer) {
  const auto open = std::find_if(reading_.begin(), reading_.end(),
                                 [&](const auto& query) { return query.ticket == answer.ticket; });
  if (open == reading_.end()) return;  // its client was told that it did not come
  reading_.erase(open);
  auto& counters = replies_.context().counters;
  counters.query_pages_cut += answer.ended_early;
  if (answer.refused) ++counters.refusals[static_cast<std::size_t>(*answer.refused)];
  replies_.send_text(answer.frame);
  run_waiting();
}

void session_queries::expire(moment now) {
  for (std::size_t i = 0; i < reading_.size();) {
    if (reading_[i].deadline > now.steady) {
      ++i;
      continue;
    }
    const auto id = std::move(reading_[i].id);
    reading_.erase(reading_.begin() + static_cast<std::ptrdiff_t>(i));
    ++replies_.context().counters.query_deadlines;
    replies_.refuse(id,
                    make_client_error(error_code::unavailable, "The answer did not come in time"));
  }
  run_waiting();
}

std::chrono::microseconds session_queries::due() const {
  auto due = never;
  for (const auto& query : reading_) due = std::min(due, query.deadline);
  return due;
}

void session_queries::clear() {
  waiting_.clear();
  reading_.clear();
}

}  // namespace roomlog
