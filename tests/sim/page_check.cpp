#include "tests/sim/page_check.h"

#include <map>

#include "tests/sim/subscription_watch.h"

namespace roomlog::sim {
namespace {

constexpr const char* role_names[] = {"", "owner", "admin", "writer", "reader"};

}  // namespace

std::string page_problem(const oracle::room& in, std::uint64_t after,
                         const boost::json::object& page, bool at_rest) {
  std::uint64_t expected = after + 1;
  // A process without the view reads the log, and says that edits are not folded in.
  const bool as_posted = page.contains("as_posted");
  for (const auto& entry : page.at("events").as_array()) {
    const auto& event = entry.as_object();
    const auto seq = event.at("seq").to_number<std::uint64_t>();
    if (seq != expected) {
      return "the page has seq " + std::to_string(seq) + " where " + std::to_string(expected) +
             " was next";
    }
    ++expected;
    const auto how = as_posted ? shown_as::posted
                     : at_rest ? shown_as::in_page_at_rest
                               : shown_as::in_page;
    if (const auto problem = difference(in, seq, event, how); !problem.empty()) {
      return "seq " + std::to_string(seq) + " of the page: " + problem;
    }
    if (!at_rest || as_posted) continue;
    const auto* edits = event.if_contains("edit_count");
    const unsigned count = edits == nullptr ? 0 : edits->to_number<unsigned>();
    const shown_event& right = *in.event(seq);
    if (right.kind == "message" && !right.deleted && count != right.edits) {
      return "seq " + std::to_string(seq) + " was edited " + std::to_string(right.edits) +
             " times, the page says " + std::to_string(count);
    }
  }
  const bool more = page.at("more").as_bool();
  if (at_rest && !more && expected != in.head() + 1) {
    return "the last page ends at " + std::to_string(expected - 1) + ", the head is " +
           std::to_string(in.head());
  }
  return {};
}

std::string rooms_problem(const std::map<std::string, oracle::room>& all, const std::string& user,
                          const boost::json::object& list) {
  std::string right, shown;
  for (const auto& [key, room] : all) {
    const unsigned role = room.role_of(user);
    if (role == 0) continue;
    right += key + ' ' + role_names[role] + ' ' + std::to_string(room.head()) + ' ';
  }
  for (const auto& entry : list.at("rooms").as_array()) {
    const auto& room = entry.as_object();
    shown += "default/" + std::string(room.at("room").as_string()) + ' ' +
             std::string(room.at("role").as_string()) + ' ' +
             std::to_string(room.at("head").to_number<std::uint64_t>()) + ' ';
  }
  if (shown == right) return {};
  return "the rooms are " + right + ", shown are " + shown;
}

std::string members_problem(const oracle::room& in, const boost::json::object& list) {
  std::map<std::string, std::string> right;
  for (const auto& [user, m] : in.members) {
    if (m.role != 0) right[user] = role_names[m.role];
  }
  std::map<std::string, std::string> shown;
  for (const auto& entry : list.at("members").as_array()) {
    const auto& m = entry.as_object();
    shown[std::string(m.at("user").as_string())] = std::string(m.at("role").as_string());
  }
  if (shown == right && list.at("count").to_number<std::size_t>() == right.size()) return {};
  std::string text = "the members are";
  for (const auto& [user, role] : right) text += " " + user + ":" + role;
  text += ", shown are";
  for (const auto& [user, role] : shown) text += " " + user + ":" + role;
  return text;
}

}  // namespace roomlog::sim
