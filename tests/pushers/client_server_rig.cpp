#include "tests/pushers/client_server_rig.h"

#include <stdexcept>

#include "tests/testing/eventually.h"

namespace roomlog::testing {

server_rig::server_rig(const std::function<void(client_server_options&)>& adjust,
                       const clock_source* clock) {
  client_server_options options;
  options.epoch = "e1";
  options.times.tick = std::chrono::milliseconds(5);
  options.shards = 2;
  if (adjust) adjust(options);
  server_.reset(
      new client_server(options, world, world, *this, clock != nullptr ? *clock : system_clock_));
  if (auto started = server_->start(); !started) throw std::runtime_error(started.error().text);
}

ws_client server_rig::sign_in(const std::string& user, ws_connect_options options) {
  options.headers.emplace_back("Authorization", "Bearer " + user);
  ws_client client(port(), options);
  for (const char* expected : {"hello", "authenticated"}) {
    const auto object = client.next_object();
    if (!object || object->find(expected) == std::string::npos)
      throw std::runtime_error("not signed in: " + object.value_or("the end"));
  }
  return client;
}

void server_rig::post(const std::string& room, const std::string& actor, const std::string& text) {
  const std::lock_guard lock(deciding_);
  publish(world.post(room, actor, text));
}

bool server_rig::eventually(const std::function<bool(const client_server_stats&)>& good) {
  // The shards take their figures now and then: those from before the call may hold by what has
  // been since, and the next ones may be under way.
  const auto fresh = server_->stats().taken_total + 2;
  return roomlog::testing::eventually([&] {
    const auto now = server_->stats();
    return now.taken_total >= fresh && good(now);
  });
}

token_answer server_rig::verdict_of(std::string token) const {
  if (token.rfind("bad", 0) == 0)
    return token_refusal{make_client_error(error_code::token_malformed, "no token"), 4501};
  principal who;
  who.user = std::move(token);
  if (adjust_principal) adjust_principal(who);
  return who;
}

void server_rig::verify_token(session_key session, std::string token) {
  server_->on_token(session, verdict_of(std::move(token)));
}

std::optional<command_outcome> server_rig::submit(session_key session, const principal& who,
                                                  event_command command) {
  if (!std::holds_alternative<send_command>(command.body))
    return make_client_error(error_code::no_permission);
  const std::lock_guard lock(deciding_);
  if (answer_commands)
    decide(session, who, command);
  else
    held_.push_back({session, who, std::move(command)});
  return std::nullopt;
}

void server_rig::answer_held() {
  const std::lock_guard lock(deciding_);
  for (const auto& held : std::exchange(held_, {})) decide(held.session, held.who, held.command);
}

void server_rig::decide(session_key session, const principal& who, const event_command& command) {
  traces_.push_back(command.traceparent);
  const auto room = who.tenant + '/' + command.room;
  const auto batch = world.post(room, who.user, std::get<send_command>(command.body).text);
  command_ack ack = world.ack_of(room, batch->events[0].decision.seq);
  ack.cid = command.cid;
  std::vector<addressed_outcome> outcomes;
  outcomes.push_back({origin_of(session), command.id, command.room, command.cid, ack});
  server_->publish(batch, std::move(outcomes));
}

}  // namespace roomlog::testing
