#include "tests/sim/command_book.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "tests/sim/violation.h"

namespace roomlog::sim {

std::string room_key(const std::string& room) {
  return "default/" + room;
}

std::string time_text(std::int64_t microseconds_since_1970) {
  const std::time_t seconds = microseconds_since_1970 / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ",
                static_cast<int>(microseconds_since_1970 % 1'000'000));
  return std::string(text.data(), size) + fraction.data();
}

client_command& command_book::make(client_command made) {
  made.floor = acknowledged_head_[made.room];
  const name key{made.room, made.user, made.cid};
  return commands_.emplace(key, std::move(made)).first->second;
}

// Its predecessor will never be accepted.
bool command_book::is_hopeless(const client_command& of) const {
  const auto before = commands_.find({of.room, of.user, of.after_cid});
  return before != commands_.end() && before->second.refused;
}

void command_book::on_ack(client_command& of, const ack_facts& told) {
  const std::string what = of.kind + " " + of.cid + " of " + of.user + " in " + of.room;
  if (of.refused) fail(what, " is acknowledged after it was refused for good");
  if (told.room != of.room || told.cid != of.cid) fail(what, ": the ack names another command");
  const auto* room = judge_.find(room_key(of.room));
  if (room == nullptr) fail(what, " is acknowledged, and the log has no such room");
  const auto found = room->commands.find({of.user, of.cid});
  if (found == room->commands.end())
    fail(what, " is acknowledged, and the log has not accepted it");
  const shown_event& event = room->events[found->second.seq - 1];
  if (told.seq != found->second.seq || told.offset != event.offset ||
      told.ts != time_text(event.time)) {
    fail(what, " is acknowledged with seq ", told.seq, " offset ", told.offset, " time ", told.ts,
         "; right is ", found->second.seq, " ", event.offset, " ", time_text(event.time));
  }
  const bool is_own_event = event.cid == of.cid && event.actor == of.user;
  if (is_own_event && told.seq <= of.floor) {
    fail(what, " has seq ", told.seq, ", and ", of.floor, " was acknowledged before it was made");
  }
  if (!is_own_event && !told.duplicate) fail(what, ": the ack of what was so is no duplicate");
  if (!of.ack) ++acknowledged_;
  of.ack = told;
  auto& head = acknowledged_head_[of.room];
  head = std::max(head, told.seq);
}

void command_book::on_refusal(client_command& of, const std::string& code, bool temporary,
                              microseconds made) {
  const std::string what = of.kind + " " + of.cid + " of " + of.user + " in " + of.room;
  if (code == "cid_conflict") fail(what, " is refused as a conflict with itself");
  if (code == "internal" || code == "bad_json" || code == "missing_fields") {
    fail(what, " is answered with ", code);
  }
  if (of.ack) fail(what, " is refused (", code, ") after it was acknowledged");
  if (code == "unknown_outcome") return on_open(of, made);
  if (temporary && !(code == "predecessor_missing" && is_hopeless(of))) return;
  if (of.last_open && made < *of.last_open + attempt_life) return;
  of.refused = true;
}

void command_book::on_open(client_command& of, microseconds made) {
  if (!of.last_open || *of.last_open < made) of.last_open = made;
}

void command_book::check_all() const {
  for (const auto& [name, c] : commands_) {
    const std::string what = c.kind + " " + c.cid + " of " + c.user + " in " + c.room;
    const auto* room = judge_.find(room_key(c.room));
    const bool accepted = room != nullptr && room->commands.contains({c.user, c.cid});
    if (c.ack && !accepted) fail(what, " was acknowledged and is lost");
    if (c.ack && room->commands.at({c.user, c.cid}).seq != c.ack->seq) {
      fail(what, " was acknowledged with another seq");
    }
    if (c.refused && accepted) fail(what, " was refused for good and is there");
    if (!c.settled()) fail(what, " was never answered for good");
  }
}

}  // namespace roomlog::sim
