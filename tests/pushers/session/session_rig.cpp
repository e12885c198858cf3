#include "tests/pushers/session/session_rig.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "pushers/queries/view_queries.h"

namespace roomlog::testing {

session_rig::session_rig(shard_rig& shard, session_key key) : shard_(shard), key_(key) {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_) != 0)
    throw std::runtime_error("no socket pair");
  session_.reset(new session(shard_.context, *this, out_, now_));
}

session_rig::~session_rig() {
  ::close(sockets_[0]);
  ::close(sockets_[1]);
}

std::optional<command_outcome> session_rig::submit(const principal&, event_command command) {
  submitted.push_back(std::move(command));
  return std::exchange(answer_at_once, std::nullopt);
}

void session_rig::connect(std::string token) {
  session_->on_connected(key_, std::move(token), now_);
}

void session_rig::accept_token(const std::string& user, timestamp expires,
                               const std::string& tenant) {
  principal who;
  who.tenant = tenant;
  who.user = user;
  who.expires = expires;
  session_->on_token(who, now_);
}

void session_rig::sign_in(const std::string& user, timestamp expires) {
  connect("a token");
  accept_token(user, expires);
  (void)said();
}

void session_rig::text(std::string_view message) {
  session_->on_text(message, now_);
  take_turns();
  if (!hold_cursors) find_cursors();
}

void session_rig::take_turns() {
  while (turns != 0) {
    --turns;
    session_->on_answer(turn_begins{}, now_);
  }
}

void session_rig::find_cursors() {
  for (const auto& request : std::exchange(cursors, {}))
    session_->on_answer(roomlog::find_cursor(shard_.world, request), now_);
}

void session_rig::acked(const command_ack& ack, const std::string& id) {
  session_->on_outcome({{0, key_}, id, ack.room, ack.cid, ack}, now_);
}

void session_rig::refused(const std::string& room, error_code code, const std::string& id) {
  session_->on_outcome({{0, key_}, id, room, "c", make_client_error(code, "refused")}, now_);
}

void session_rig::pass(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds step{100};
  for (auto left = time; left.count() > 0; left -= step) {
    now_.steady += step;
    now_.wall.value += std::chrono::microseconds(step).count();
    if (session_->due() <= now_.steady) session_->on_tick(now_);
  }
}

void session_rig::pass_alive(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds step{500};
  for (auto left = time; left.count() > 0; left -= step) {
    heard();
    pass(std::min(step, left));
  }
}

void session_rig::narrow_socket() {
  const int bytes = 1;  // the least that the system allows
  ::setsockopt(sockets_[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

bool session_rig::send_once() {
  const auto report = out_.flush(sockets_[0], session_.get(), std::size_t{1} << 30);
  const bool drained = report.result == output_buffer::flush_result::drained;
  if (drained) session_->on_drained(now_);
  read_socket();
  return drained;
}

bool session_rig::send_all() {
  while (true) {
    const auto report = out_.flush(sockets_[0], session_.get(), std::size_t{1} << 30);
    if (report.result == output_buffer::flush_result::drained) {
      session_->on_drained(now_);
      read_socket();
      return true;
    }
    const auto before = received_.size();
    read_socket();
    if (received_.size() == before) return false;
  }
}

void session_rig::read_socket() {
  char bytes[65536];
  ssize_t got;
  while ((got = ::recv(sockets_[1], bytes, sizeof bytes, 0)) > 0)
    received_.append(bytes, static_cast<std::size_t>(got));
}

void session_rig::settle() {
  send_all();
  while (!pages.empty()) {
    const auto request = std::move(pages.front());
    pages.erase(pages.begin());
    session_->on_answer(roomlog::load_page(shard_.world, request), now_);
    send_all();
  }
}

void session_rig::answer_queries() {
  for (const auto& query : std::exchange(queries, {}))
    session_->on_answer(answer_query({shard_.world, shard_.world, shard_.limits}, query), now_);
}

void session_rig::level() {
  for (const auto& [behind, ticket] : std::exchange(waits, {}))
    session_->on_answer(level_reached{ticket}, now_);
  if (!hold_cursors) find_cursors();
}

std::vector<std::string> session_rig::said() {
  send_all();
  auto frames = whole_frames();
  if (!received_.empty()) throw std::runtime_error("a frame that is cut");
  return frames;
}

std::vector<std::string> session_rig::whole_frames() {
  return take_whole_frames(received_);
}

std::string session_rig::said_text() {
  settle();
  std::string all;
  for (const auto& frame : said()) all += frame + '\n';
  return all;
}

std::vector<std::string> take_whole_frames(std::string& received) {
  std::vector<std::string> frames;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(received.at(i)); };
  while (received.size() >= 2) {
    std::size_t size = at(1), head = 2;
    if (size >= 126) {
      const std::size_t width = size == 126 ? 2 : 8;
      head += width;
      if (received.size() < head) break;
      size = 0;
      for (std::size_t i = 0; i < width; ++i) size = size << 8 | at(2 + i);
    }
    if (received.size() < head + size) break;
    frames.push_back(at(0) == 0x89 ? "<ping>" : received.substr(head, size));
    received.erase(0, head + size);
  }
  return frames;
}

std::string field(std::string_view object, std::string_view name) {
  const auto parsed = boost::json::parse({object.data(), object.size()}).as_object();
  const auto* value = parsed.if_contains({name.data(), name.size()});
  if (value == nullptr) return {};
  return value->is_string() ? std::string(value->as_string().c_str())
                            : boost::json::serialize(*value);
}

std::string seqs(const std::vector<std::string>& objects) {
  std::string all;
  for (const auto& object : objects) {
    if (object == "<ping>" || field(object, "type") != "event") continue;
    if (!all.empty()) all += ' ';
    all += field(object, "seq");
  }
  return all;
}

}  // namespace roomlog::testing
