#include "tests/sim/client.h"

#include <algorithm>
#include <utility>

#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::string text_of(const json::object& from, const char* field) {
  const auto* value = from.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::uint64_t number_of(const json::object& from, const char* field) {
  return from.at(field).to_number<std::uint64_t>();
}

}  // namespace

client::client(client_world& in, std::string user, std::string device)
    : in_(in), user_(std::move(user)), device_(std::move(device)) {
  for (const auto& room : in_.rooms) positions_[room].wanted = in_.net.chance.in_1000(800);
}

client::~client() {
  if (connection_) connection_->cut();
}

void client::wrong(const std::string& text) const {
  fail(user_, "/", device_, ": ", text);
}

template <class Call>
void client::later(microseconds delay, std::string_view what, Call call) {
  in_.net.time.after(delay, life_, what, call);
}

void client::begin() {
  connect();
  act_later();
}

// ---- the connection ----

void client::connect() {
  if (connection_) return;
  connection_ = in_.connect(user_ + "/" + device_, *this);
  if (connection_) {
    ++connections_;
    return;
  }
  later(in_.net.chance.between(100ms, 1s), "a client tries to connect", [this] { connect(); });
}

void client::on_end(unsigned) {
  connection_.reset();
  ready_ = false;
  watches_.clear();
  drop_questions();
  later(in_.net.chance.between(1ms, 1s), "a client connects again", [this] { connect(); });
}

void client::cut() {
  if (!connection_) return;
  std::exchange(connection_, nullptr)->cut();
  on_end(0);
}

void client::fall_silent() {
  if (!connection_) return;
  connection_->fall_silent();
  // It finds out later than the server does, or sooner.
  later(in_.net.chance.between(1s, 15s), "a client finds its connection dead",
        [this, of = connections_] {
          if (of == connections_) cut();
        });
}

void client::read_slowly(microseconds time) {
  if (!connection_) return;
  connection_->read_slowly();
  later(time, "a client reads as usual", [this, of = connections_] {
    if (of == connections_ && connection_) connection_->read_as_usual();
  });
}

// Their commands may still be accepted.
void client::drop_questions() {
  for (const auto& [id, asked] : questions_) {
    if (asked.what != question::command) continue;
    in_.book.on_open(*asked.of, asked.made);
    unsettled_.push_back(asked.of);
  }
  questions_.clear();
}

void client::ask(json::object frame, question of) {
  if (!connection_) return;
  const std::uint64_t id = ++ids_;
  frame["id"] = id;
  of.made = in_.net.time.now();
  questions_[id] = std::move(of);
  connection_->send(json::serialize(frame));
}

void client::attempt(client_command& of) {
  if (!ready_) {
    unsettled_.push_back(&of);
    return;
  }
  ++of.attempts;
  ask(json::parse(of.body).as_object(), {question::command, of.room, &of, {}, 0});
}

void client::attempt_later(client_command& of) {
  ++repeating_;
  later(in_.net.chance.between(10ms, 3s), "a client repeats a command", [this, &of] {
    --repeating_;
    if (!of.settled()) attempt(of);
  });
}

subscription_watch& client::watch_of(const std::string& room) {
  return watches_.try_emplace(room, in_.judge, user_, room).first->second;
}

// ---- what it is told ----

void client::on_object(std::string_view text) {
  const json::object frame = json::parse(text).as_object();
  const std::string type = text_of(frame, "type");
  if (type == "hello") {
    if (text_of(frame, "epoch") != "51") wrong("hello names another epoch");
    return;
  }
  if (type == "authenticated") return on_ready();
  if (type == "event") return on_event(frame);
  if (type == "live") return watch_of(text_of(frame, "room")).on_live(number_of(frame, "seq"));
  if (type == "lost") wrong("events are said to be lost, and the log has all of them");
  if (type == "drain" || type == "token_expiring") return;
  if (!frame.contains("id")) wrong("this frame has no id: " + std::string(text));
  on_reply(frame, type);
}

void client::on_reply(const json::object& frame, const std::string& type) {
  const auto found = questions_.find(number_of(frame, "id"));
  if (found == questions_.end())
    wrong("a second reply, or one to nothing: " + json::serialize(frame));
  const question asked = std::move(found->second);
  questions_.erase(found);
  if (type == "error") return on_refusal(asked, frame);
  if (type == "ack" && asked.what == question::command) return on_ack(asked, frame);
  if (type == "subscribed" && asked.what == question::subscribe) return on_subscribed(asked, frame);
  if (type == "page" && asked.what == question::page) return on_page(asked, frame);
  if (type == "members" && asked.what == question::members) {
    const auto* room = in_.judge.find(room_key(asked.room));
    if (room == nullptr || !reads_all_) return;
    if (const auto problem = members_problem(*room, frame); !problem.empty()) wrong(problem);
    return;
  }
  if (type == "rooms" && asked.what == question::rooms) {
    const auto problem = rooms_problem(in_.judge.rooms(), user_, frame);
    if (!problem.empty()) wrong(problem);
    return;
  }
  if (type == "pong" && asked.what == question::ping) return;
  wrong("this is no reply to what was asked: " + json::serialize(frame));
}

void client::on_ready() {
  ready_ = true;
  for (const auto& [room, position] : positions_) {
    if (position.wanted) subscribe(room);
  }
  for (auto* command : std::exchange(unsettled_, {})) {
    if (!command->settled()) attempt(*command);
  }
}

void client::on_ack(const question& asked, const json::object& frame) {
  client_command& of = *asked.of;
  ack_facts told;
  told.room = text_of(frame, "room");
  told.cid = text_of(frame, "cid");
  told.seq = number_of(frame, "seq");
  told.offset = number_of(frame, "offset");
  told.ts = text_of(frame, "ts");
  told.duplicate = frame.at("duplicate").as_bool();
  in_.book.on_ack(of, told);
  watch_of(of.room).on_ack(told.seq, of.kind == "leave");
  note_seen(of.room, told.seq);
  if ((of.kind == "join" || of.kind == "create") && positions_[of.room].wanted && ready_) {
    subscribe(of.room);
  }
}

void client::on_refusal(const question& asked, const json::object& frame) {
  const std::string code = text_of(frame, "code");
  const bool temporary = frame.at("temporary").as_bool();
  if (asked.what == question::command) {
    in_.book.on_refusal(*asked.of, code, temporary, asked.made);
    if (!asked.of->settled()) attempt_later(*asked.of);
    // Another process may take commands where this one does not.
    if (code == "unavailable" && in_.net.chance.in_1000(300)) cut();
    return;
  }
  if (asked.what == question::subscribe) {
    positions_[asked.room].refused = !temporary;
    if (!temporary && code != "unknown_room" && code != "not_member") {
      wrong("subscribe is refused: " + json::serialize(frame));
    }
    if (!temporary) return;
    later(in_.net.chance.between(100ms, 2s), "a client subscribes again",
          [this, room = asked.room, of = connections_] {
            if (of == connections_ && ready_) subscribe(room);
          });
    return;
  }
  if (asked.what == question::page || asked.what == question::members)
    positions_[asked.room].checked = false;
}

void client::on_subscribed(const question& asked, const json::object& frame) {
  const auto head = number_of(frame, "head");
  if (number_of(frame, "first_available") != 1) wrong("the log begins at its first record");
  positions_[asked.room].refused = false;
  watch_of(asked.room).begin(asked.after, head);
}

void client::on_event(const json::object& frame) {
  const std::string room = text_of(frame, "room");
  watch_of(room).on_event(frame);
  note_seen(room, number_of(frame, "seq"));
}

void client::note_seen(const std::string& room, std::uint64_t seq) {
  auto& at = positions_[room];
  if (seq >= at.next) at.further.insert(seq);
  while (at.further.erase(at.next) != 0) ++at.next;
}

void client::on_page(const question& asked, const json::object& frame) {
  const auto* room = in_.judge.find(room_key(asked.room));
  if (room == nullptr) wrong("a page of a room that the log does not have");
  const auto problem = page_problem(*room, asked.after, frame, reads_all_);
  if (!problem.empty()) wrong(asked.room + ": " + problem);
  if (!reads_all_) return;
  if (frame.at("more").as_bool()) return check_history(asked.room, number_of(frame, "next_seq"));
  positions_[asked.room].checked = true;
}

}  // namespace roomlog::sim
