// What a client does, and when.
#include <algorithm>
#include <utility>

#include "tests/sim/client.h"
#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t unsettled_max = 40;

}  // namespace

void client::act_later() {
  auto& chance = in_.net.chance;
  const auto pause = chance.in_1000(200) ? chance.between(1us, 5ms) : chance.between(20ms, 900ms);
  in_.net.time.after(pause, life_, "a client acts", [this] { act(); });
}

void client::act() {
  if (calm_) return settle_rest();
  act_later();
  if (!ready_) return;
  auto& chance = in_.net.chance;
  const auto& room = chance.one_of(in_.rooms);
  const auto choice = chance.below(1'000);
  if (choice < 40) {
    if (chance.in_1000(300)) positions_[room].wanted = true;
    return subscribe(room);
  }
  if (choice < 70) {
    const auto after = chance.below(positions_[room].next + 1);
    json::object frame{{"type", "history"}, {"room", room}, {"after_seq", after}, {"limit", 20}};
    return ask(std::move(frame), {question::page, room, nullptr, {}, after});
  }
  if (choice < 80) {
    return ask({{"type", "members"}, {"room", room}}, {question::members, room, nullptr, {}, 0});
  }
  if (choice < 90) return ask({{"type", "ping"}}, {question::ping, {}, nullptr, {}, 0});
  if (questions_.size() + unsettled_.size() < unsettled_max) make_command();
}

void client::make_command() {
  auto& chance = in_.net.chance;
  const std::string room = chance.one_of(in_.rooms);
  // Now and then several at once, so that they are on their way together.
  const auto count = chance.in_1000(150) ? 1 + chance.below(5) : 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string kind;
    json::object frame = choose_command(kind, room);
    const std::string cid = device_ + "-" + std::to_string(++cids_);
    frame["type"] = kind;
    frame["room"] = room;
    frame["cid"] = cid;
    if (kind == "send") last_cid_[room] = cid;
    client_command made;
    made.user = user_;
    made.room = room;
    made.cid = cid;
    made.kind = kind;
    if (const auto* after = frame.if_contains("after_cid")) made.after_cid = after->as_string();
    made.body = json::serialize(frame);
    attempt(in_.book.make(std::move(made)));
  }
}

json::object client::choose_command(std::string& kind, const std::string& room) {
  auto& chance = in_.net.chance;
  const auto choice = chance.below(1'000);
  const std::string other = chance.one_of(in_.users);
  const auto* known = in_.judge.find(room_key(room));
  if (known == nullptr || choice < 10) {
    kind = "create";
    json::object frame{{"public", chance.in_1000(600)}};
    if (chance.in_1000(500)) frame["members"] = json::array{other};
    return frame;
  }
  if (choice < 60 || (known->role_of(user_) == 0 && choice < 600)) {
    kind = "join";
    return {};
  }
  if (choice < 80) {
    kind = "leave";
    return {};
  }
  if (choice < 130) {
    kind = "invite";
    return {{"user", other}};
  }
  if (choice < 165) {
    kind = "kick";
    return {{"user", other}};
  }
  if (choice < 200) {
    kind = "role";
    constexpr const char* roles[] = {"owner", "admin", "writer", "reader"};
    return {{"user", other}, {"role", roles[chance.below(4)]}};
  }
  const auto target = 1 + chance.below(known->head() + 1);
  if (choice < 260) {
    kind = "react";
    constexpr const char* emojis[] = {"+1", "\xf0\x9f\x91\x8d", "heart"};
    return {{"seq", target}, {"emoji", emojis[chance.below(3)]}, {"remove", chance.in_1000(300)}};
  }
  if (choice < 300) {
    kind = "edit";
    return {{"seq", target}, {"text", "edited " + std::to_string(chance.next())}};
  }
  if (choice < 320) {
    kind = "delete";
    return {{"seq", target}};
  }
  kind = "send";
  json::object frame{{"text", "text " + std::to_string(chance.next())}};
  if (chance.in_1000(20)) frame["text"] = std::string(3'000, 'x') + std::to_string(chance.next());
  if (chance.in_1000(250) && !last_cid_[room].empty()) frame["after_cid"] = last_cid_[room];
  if (chance.in_1000(50)) frame["reply_to"] = 1 + chance.below(known->head());
  return frame;
}

void client::subscribe(const std::string& room) {
  const std::uint64_t after = positions_[room].next - 1;
  json::object frame{{"type", "subscribe"}, {"room", room}, {"after_seq", after}, {"epoch", "51"}};
  watch_of(room).ask();
  ask(std::move(frame), {question::subscribe, room, nullptr, {}, after});
}

// ---- the end ----

void client::calm_down() {
  calm_ = true;
  if (connection_) connection_->read_as_usual();
  settle_rest();
}

void client::read_all() {
  reads_all_ = true;
  for (auto& [room, position] : positions_) position.checked = false;
  ask({{"type", "rooms"}}, {question::rooms, {}, nullptr, {}, 0});
}

// Every second: what is missing is asked for.
void client::settle_rest() {
  in_.net.time.after(1s, life_, "a client finishes", [this] { settle_rest(); });
  if (!ready_ || !questions_.empty() || !unsettled_.empty() || repeating_ != 0) return;
  for (auto& [room, position] : positions_) {
    const auto* known = in_.judge.find(room_key(room));
    if (known == nullptr || known->role_of(user_) == 0) continue;
    if (position.wanted && !watch_of(room).active()) return subscribe(room);
    if (reads_all_ && !position.checked) return check_history(room, 0);
  }
}

void client::check_history(const std::string& room, std::uint64_t after) {
  json::object frame{{"type", "history"}, {"room", room}, {"after_seq", after}, {"limit", 200}};
  ask(std::move(frame), {question::page, room, nullptr, {}, after});
  if (after != 0) return;
  ask({{"type", "members"}, {"room", room}}, {question::members, room, nullptr, {}, 0});
}

std::string client::unrest() const {
  const std::string who = user_ + "/" + device_;
  if (!ready_) return who + " is not signed in";
  if (!questions_.empty()) {
    return who + " waits for " + std::to_string(questions_.size()) + " replies, the first to id " +
           std::to_string(questions_.begin()->first) + " in " + questions_.begin()->second.room;
  }
  if (!unsettled_.empty() || repeating_ != 0) return who + " has commands to repeat";
  for (const auto& [room, position] : positions_) {
    const auto* known = in_.judge.find(room_key(room));
    if (known == nullptr || known->role_of(user_) == 0) continue;
    if (reads_all_ && !position.checked) return who + " has not read " + room;
    if (!position.wanted) continue;
    const auto watch = watches_.find(room);
    if (watch == watches_.end() || !watch->second.active())
      return who + " is not subscribed to " + room;
    if (watch->second.next() != known->head() + 1) {
      return who + " was told of " + room + " up to " + std::to_string(watch->second.next() - 1) +
             ", its head is " + std::to_string(known->head());
    }
    if (!watch->second.live()) return who + " was not told that " + room + " is live";
  }
  return {};
}

}  // namespace roomlog::sim
