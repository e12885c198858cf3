#include "pushers/http/http_queries.h"

#include <algorithm>
#include <utility>

#include "pushers/queries/plan_read.h"
#include "pushers/queries/read_errors.h"
#include "schemas/protocol/command_parser.h"
#include "schemas/text/json_writer.h"

namespace roomlog {

namespace {

http_response json_response(std::string body) {
  http_response response;
  response.fields.emplace_back("Cache-Control", "no-store");
  response.body = without_markup(std::move(body));
  return response;
}

}  // namespace

struct http_queries::call {
  call(admitted_request_ptr request_in, http_target target_in)
      : request(std::move(request_in)), target(std::move(target_in)) {}

  void refuse(const client_error& why) const { request->refuse(why); }
  const principal& who() const { return request->who; }

  const admitted_request_ptr request;
  const http_target target;
  read_command what;
  std::optional<std::uint64_t> last;
  fold_level level = fold_level::not_awaited;
};

void http_queries::add_to(http_router& router) {
  for (const auto& [pattern, what] : read_paths)
    router.add("GET", pattern, [this, what = what](routed_request asked, http_reply reply) {
      auto target = make_http_target(what, asked);
      answer(asked, std::move(target), std::move(reply));
    });
}

void http_queries::answer(const routed_request& request, http_target target, http_reply reply) {
  admission_.admit(request.request, std::move(reply),
                   [this, target = std::move(target)](const admitted_request_ptr& admitted) {
                     on_admitted(std::make_shared<call>(admitted, target));
                   });
}

void http_queries::on_admitted(const call_ptr& asked) {
  if (const auto refused = port_.admit_read(asked->who())) {
    ++rate_limited_;
    return asked->refuse(*refused);
  }
  const auto wanted = command_of(asked->target);
  if (const auto* refused = std::get_if<client_error>(&wanted)) return asked->refuse(*refused);
  const auto& made = std::get<target_command>(wanted);
  asked->last = made.last;
  auto parsed = parse_command(made.json, limits_.command);
  if (const auto* refused = std::get_if<command_refusal>(&parsed))
    return asked->refuse(refused->error);
  asked->what = as_read(std::get<command>(std::move(parsed)));
  run_read(asked);
}

void http_queries::run_read(const call_ptr& asked) {
  task job;
  job.user = asked->request->user;
  job.deadline = asked->request->deadline;
  job.cancelled = asked->request->gone;
  job.run = [this, asked] { read(asked); };
  if (!readers_.post(std::move(job))) asked->refuse(too_many_reads(limits_));
}

void http_queries::read(const call_ptr& asked) {
  const auto plan = plan_read(fold_, asked->who(), asked->what, asked->level);
  switch (plan.step) {
    case read_step::run:
      return reply_with(*asked, answer_of(*asked, plan.room));
    case read_step::refuse:
      return asked->refuse(plan.why);
    case read_step::wait:
      asked->level = fold_level::reached;  // when it is read again
      return when_level(fold_, plan.behind, [this, asked](const result<>& done) {
        if (!done) return asked->refuse(view_error(done.error()));
        run_read(asked);
      });
  }
}

view_answer http_queries::answer_of(const call& asked, const room_info& room) const {
  auto query = query_of(asked.who(), asked.what);
  if (asked.target.what == http_target::kind::room)
    return read_room(sources_, query.room_key, query.user, markup::escaped);
  if (auto* history = std::get_if<history_command>(&query.what); history != nullptr && asked.last)
    history->after_seq = seq_no{room.head.value - std::min(*asked.last, room.head.value)};
  return read_view(sources_, query, markup::escaped);
}

void http_queries::reply_with(const call& asked, view_answer answer) {
  if (const auto* refused = std::get_if<client_error>(&answer)) return asked.refuse(*refused);
  auto& reply = std::get<view_reply>(answer);
  if (reply.ended_early) ++pages_cut_;
  asked.request->reply(json_response(std::move(reply.json)));
}

}  // namespace roomlog
