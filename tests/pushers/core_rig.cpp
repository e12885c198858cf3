#include "tests/pushers/core_rig.h"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {

played_connection::played_connection(core_rig& rig, const std::string& token) : rig_(rig) {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_) != 0)
    throw std::runtime_error("no sockets");
  place_ = rig_.outputs.add(sockets_[0]);
  rig_.connections_.push_back(this);
  upgrade_request asked;
  asked.token = token;
  app_ = rig_.core->open(*this, asked);
  app_->on_open();
}

played_connection::~played_connection() {
  end();
  rig_.outputs.remove(place_);
  std::erase(rig_.connections_, this);
  ::close(sockets_[0]);
  ::close(sockets_[1]);
}

void played_connection::end() {
  rig_.outputs.set_idle(place_, false);
  app_.reset();
}

void played_connection::narrow() {
  const int bytes = 1;  // the least that the system allows
  ::setsockopt(sockets_[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void played_connection::break_off() {
  ::shutdown(sockets_[0], SHUT_RDWR);
}

void played_connection::wake() {
  rig_.outputs.set_idle(place_, false);
  woken_ = true;
}

void played_connection::close(std::uint16_t code, std::string_view) {
  closed = code;
  wake();
}

void played_connection::flush() {
  woken_ = false;
  if (blocked_) return;
  auto* source = app_ && !closed ? app_->source() : nullptr;
  const auto sent = out_.flush(sockets_[0], source, rig_.options_.limits.flush_bytes_max);
  sends += sent.sends;
  using result = output_buffer::flush_result;
  if (sent.result == result::failed) return end();
  if (sent.result == result::more) return wake();
  blocked_ = sent.result == result::blocked;
  if (blocked_ || source == nullptr) return;
  rig_.outputs.set_idle(place_, true);
  app_->on_drained();
}

void played_connection::receive() {
  char bytes[65536];
  ssize_t got;
  while (!stalls_ && (got = ::recv(sockets_[1], bytes, sizeof bytes, 0)) > 0) {
    received_.append(bytes, static_cast<std::size_t>(got));
    if (std::exchange(blocked_, false)) wake();
  }
}

std::vector<std::string> played_connection::said() {
  while (rig_.tick()) {
  }
  return came();
}

std::vector<std::string> played_connection::came() {
  return take_whole_frames(received_);
}

std::string played_connection::story() {
  std::string all;
  for (const auto& object : said()) {
    if (!all.empty()) all += ' ';
    const auto type = object == "<ping>" ? object : field(object, "type");
    all += type == "event" ? "event:" + field(object, "seq") : type;
  }
  return all;
}

core_rig::core_rig(const std::function<void(client_server_options&)>& adjust) {
  options_.epoch = "e1";
  if (adjust) adjust(options_);
  core = std::make_shared<shard_core>(
      7u, shard_world{options_, world, world, *this, clock, tasks, open_},
      [this](std::function<void()> work) { posted_.push_back(std::move(work)); }, outputs);
}

std::unique_ptr<played_connection> core_rig::sign_in(const std::string& user) {
  auto made = std::make_unique<played_connection>(*this, user);
  run_posted();
  if (made->story() != "hello authenticated") throw std::runtime_error("not signed in");
  return made;
}

bool core_rig::tick() {
  core->before_flush();
  for (auto* connection : connections_)
    if (connection->woken()) connection->flush();
  bool more = core->after_flush();
  for (auto* connection : connections_) {
    connection->receive();
    more = more || connection->woken();
  }
  return more;
}

void core_rig::run_posted() {
  while (!posted_.empty()) {
    const auto work = std::move(posted_.front());
    posted_.pop_front();
    work();
  }
}

void core_rig::run_all() {
  do run_posted();
  while (tasks.run_one());
}

void core_rig::verify_token(session_key session, std::string token) {
  principal who;
  who.user = std::move(token);
  core->on_token(session, who);
}

addressed_outcome core_rig::ack_for(std::size_t submitted_at, seq_no seq) {
  const auto& [from, command] = submitted.at(submitted_at);
  auto ack = world.ack_of("default/" + command.room, seq);
  ack.cid = command.cid;
  return {origin_of(from), command.id, command.room, command.cid, ack};
}

}  // namespace roomlog::testing
