#include "tests/pushers/core_rig.h"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {

played_connection::played_connection(shard_core& core, const std::string& token) {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_) != 0)
    throw std::runtime_error("no sockets");
  upgrade_request asked;
  asked.token = token;
  app_ = core.open(*this, asked);
  app_->on_open();
}

played_connection::~played_connection() {
  app_.reset();
  ::close(sockets_[0]);
  ::close(sockets_[1]);
}

std::vector<std::string> played_connection::said() {
  const auto sent = out_.flush(sockets_[0], app_->source(), std::size_t{1} << 20);
  if (sent.result != output_buffer::flush_result::drained) throw std::runtime_error("not sent");
  app_->on_drained();
  std::string received(sent.bytes, '\0');
  const auto got = sent.bytes == 0 ? 0 : ::recv(sockets_[1], received.data(), received.size(), 0);
  if (got != static_cast<ssize_t>(sent.bytes)) throw std::runtime_error("not received");
  std::vector<std::string> frames;
  const auto byte = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(received.at(at))};
  };
  for (std::size_t at = 0; at < received.size();) {
    const bool long_form = byte(at + 1) == 126;
    const auto head = at + (long_form ? 4 : 2);
    const auto size = long_form ? byte(at + 2) << 8 | byte(at + 3) : byte(at + 1);
    frames.push_back(byte(at) == 0x89 ? "<ping>" : received.substr(head, size));
    at = head + size;
  }
  return frames;
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
      [this](std::function<void()> work) { posted_.push_back(std::move(work)); });
}

std::unique_ptr<played_connection> core_rig::sign_in(const std::string& user) {
  auto made = std::make_unique<played_connection>(*core, user);
  run_posted();
  if (made->story() != "hello authenticated") throw std::runtime_error("not signed in");
  return made;
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
