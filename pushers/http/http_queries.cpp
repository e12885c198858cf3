#include "pushers/http/http_queries.h"

#include <algorithm>
#include <utility>

#include "log/partitioner.h"
#include "pushers/session/room_access.h"
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
  command what;  // history_command, members_command or rooms_command
  std::optional<std::uint64_t> last;
  std::atomic<std::uint32_t> partitions_awaited{0};
  bool waited = false;
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
  auto parsed = port_.parse(made.json);
  if (const auto* refused = std::get_if<command_refusal>(&parsed))
    return asked->refuse(refused->error);
  asked->what = std::get<command>(std::move(parsed));
  run_read(asked);
}

void http_queries::run_read(const call_ptr& asked) {
  read_job job;
  job.user = asked->request->user;
  job.deadline = asked->request->deadline;
  job.cancelled = asked->request->gone;
  job.run = [this, asked] { read(asked); };
  if (!readers_.run(std::move(job))) asked->refuse(too_many_reads(limits_));
}

void http_queries::read(const call_ptr& asked) {
  if (asked->target.what == http_target::kind::rooms) return read_rooms(asked);
  read_room(asked);
}

void http_queries::read_rooms(const call_ptr& asked) {
  for (std::uint32_t p = 0; p < fold_.partitions(); ++p) {
    if (fold_.folds(partition_id{p})) continue;
    return asked->refuse(make_client_error(error_code::misdirected,
                                           "This server keeps a share of the rooms, not all"));
  }
  const auto& what = std::get<rooms_command>(asked->what);
  // A min_seq here names no room: everything that the log held is read first.
  if (what.min_seq.value != 0 && wait_level(asked, {})) return;
  reply_with(*asked, read_view(sources_, {asked->who().tenant, asked->who().user, {}, what},
                               markup::escaped));
}

void http_queries::read_room(const call_ptr& asked) {
  const auto& who = asked->who();
  const std::string key = who.tenant + '/' + asked->target.room;
  if (!fold_.folds(partition_of(key, fold_.partitions())))
    return asked->refuse(
        make_client_error(error_code::misdirected, "Another server keeps this room's views"));
  client_error why;
  const auto room = readable_room(fold_, key, who.user, why);
  const auto* members = std::get_if<members_command>(&asked->what);
  const auto named = members != nullptr ? greatest_named(*members)
                                        : greatest_named(std::get<history_command>(asked->what));
  if (!room || named.seq > room->head) {
    if (wait_level(asked, key)) return;
    return asked->refuse(room ? beyond_head(named.field, room->head) : why);
  }
  if (asked->target.what == http_target::kind::room)
    return reply_with(*asked, roomlog::read_room(sources_, key, who.user, markup::escaped));
  view_query query{who.tenant, who.user, key, {}};
  if (members != nullptr) {
    query.what = *members;
  } else {
    auto what = std::get<history_command>(asked->what);
    if (asked->last)
      what.after_seq = seq_no{room->head.value - std::min(*asked->last, room->head.value)};
    query.what = std::move(what);
  }
  reply_with(*asked, read_view(sources_, query, markup::escaped));
}

void http_queries::reply_with(const call& asked, view_answer answer) {
  if (const auto* refused = std::get_if<client_error>(&answer)) return asked.refuse(*refused);
  auto& reply = std::get<view_reply>(answer);
  if (reply.ended_early) ++pages_cut_;
  asked.request->reply(json_response(std::move(reply.json)));
}

bool http_queries::wait_level(const call_ptr& asked, const std::string& room_key) {
  if (std::exchange(asked->waited, true)) return false;
  std::vector<partition_id> behind;
  const auto look_at = [&](partition_id p) {
    if (!fold_.folds(p)) return;
    if (!fold_.sees_log_end() || fold_.position(p) < fold_.log_end(p)) behind.push_back(p);
  };
  if (!room_key.empty())
    look_at(partition_of(room_key, fold_.partitions()));
  else
    for (std::uint32_t p = 0; p < fold_.partitions(); ++p) look_at(partition_id{p});
  asked->partitions_awaited = static_cast<std::uint32_t>(behind.size());
  for (const auto partition : behind)
    fold_.when_level(partition, [this, asked](const result<>& done) {
      if (!done) return asked->refuse(view_error(done.error()));
      if (--asked->partitions_awaited == 0) run_read(asked);
    });
  return !behind.empty();
}

}  // namespace roomlog
