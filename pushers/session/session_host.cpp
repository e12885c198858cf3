#include "pushers/session/session_host.h"

#include "pushers/queries/plan_read.h"
#include "pushers/queries/view_queries.h"
#include "pushers/shard_core.h"
#include "schemas/protocol/close_codes.h"

namespace roomlog {

namespace {

token_refusal too_many_connections() {
  auto why = make_lasting_error(error_code::rate_limited);
  why.limit = "connections_per_user";
  return {std::move(why), close_codes::too_many_connections};
}

}  // namespace

session_host::session_host(shard_core& home, connection_link& link, const upgrade_request& asked)
    : home_(home),
      link_(link),
      key_(home.add(*this)),
      place_(asked.place),
      token_(asked.token),
      traceparent_(asked.traceparent),
      session_(home.context(), *this, link.output(), home.now()) {}

session_host::~session_host() {
  *gone_ = true;
  home_.remove(key_);
  home_.world().port.session_closed(key_);
}

void session_host::settle() {
  link_.input_wanted();
  if (const auto due = session_.due(); due != never) link_.call_at(due);
}

void session_host::on_token(token_answer verdict) {
  const auto* who = std::get_if<principal>(&verdict);
  if (who != nullptr && place_ && !place_->become(who->tenant + '/' + who->user))
    verdict = too_many_connections();
  session_.on_token(std::move(verdict), home_.now());
  settle();
}

void session_host::on_open() {
  session_.on_connected(key_, std::move(token_), home_.now());
  settle();
}

void session_host::on_message(ws_opcode, std::string_view payload) {
  session_.on_text(payload, home_.now());
  settle();
}

void session_host::on_heard() {
  session_.on_heard(home_.now());
}

void session_host::on_drained() {
  if (!session_.waits_for_drain()) return;  // as a rule, and for every event sent
  session_.on_drained(home_.now());
  settle();
}

void session_host::on_blocked() {
  session_.on_blocked(home_.now());
}

void session_host::on_timer() {
  session_.on_tick(home_.now());
  settle();
}

moment session_host::now() const {
  return home_.now();
}

void session_host::verify_token(std::string token) {
  home_.world().port.verify_token(key_, std::move(token));
}

std::optional<command_outcome> session_host::submit(const principal& who, event_command command) {
  command.traceparent = traceparent_;
  return home_.world().port.submit(key_, who, std::move(command));
}

std::optional<client_error> session_host::admit_read(const principal& who) {
  return home_.world().port.admit_read(who);
}

void session_host::next_turn() {
  home_.answer(key_, turn_begins{});
}

void session_host::load_page(page_request request) {
  const auto& world = home_.world();
  task job;
  job.bound = task_bound::none;  // one is open at most
  job.user = std::string(split_room_key(request.room).tenant) + '/' + request.user;
  job.cancelled = gone_;
  job.run = [home = home_.weak_from_this(), &history = world.history, key = key_,
             request = std::move(request)] {
    auto page = roomlog::load_page(history, request);
    if (const auto to = home.lock()) to->answer(key, std::move(page));
  };
  (void)world.readers.post(std::move(job));  // deliveries are not refused
}

bool session_host::run_query(view_query query) {
  const auto& world = home_.world();
  task job;
  job.user = query.tenant + '/' + query.user;
  job.deadline = query.deadline;
  link_.call_at(query.deadline);
  job.cancelled = gone_;
  job.run = [home = home_.weak_from_this(), key = key_, query = std::move(query),
             from = read_sources{world.fold, world.history, world.options.limits}] {
    auto answer = answer_query(from, query);
    if (const auto to = home.lock()) to->answer(key, std::move(answer));
  };
  return world.readers.post(std::move(job));
}

bool session_host::find_cursor(cursor_request request) {
  const auto& world = home_.world();
  task job;
  job.user = request.tenant + '/' + request.user;
  job.deadline = request.deadline;
  job.cancelled = gone_;
  job.run = [home = home_.weak_from_this(), &fold = world.fold, key = key_,
             request = std::move(request)] {
    auto found = roomlog::find_cursor(fold, request);
    if (const auto to = home.lock()) to->answer(key, std::move(found));
  };
  return world.readers.post(std::move(job));
}

void session_host::wait_level(const std::vector<partition_id>& behind, std::uint64_t ticket) {
  when_level(home_.world().fold, behind,
             [home = home_.weak_from_this(), key = key_, ticket](const result<>& done) {
               const auto to = home.lock();
               if (done && to) to->answer(key, level_reached{ticket});
             });
}

}  // namespace roomlog
