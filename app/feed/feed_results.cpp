#include "app/feed/feed_results.h"

#include <ostream>

#include "schemas/protocol/client_error.h"

namespace roomlog {
namespace {

constexpr std::size_t refused_shown_max = 100;

bool is(const feed_outcome& how, error_code code) {
  return how.refusal == to_string(code);
}

}  // namespace

feed_results::feed_results(const feed_options& options, const feed_plan& plan, std::ostream& err)
    : options_(options), plan_(plan), err_(err) {
  report.read = plan.read;
  report.files = plan.files.size();
  report.nicks = plan.nicks.size();
  report.sendable = plan.items.size();
}

std::string feed_results::settled(const feed_lane& lane, const feed_command& command,
                                  const feed_outcome& how) {
  switch (command.kind) {
    case feed_command_kind::create:
      return settled_room(how);
    case feed_command_kind::join:
      return settled_join(lane, how);
    case feed_command_kind::line:
      settled_line(command, how);
  }
  return {};
}

void feed_results::retrying(const std::string& code, const std::string& message) {
  if (++report.retries[code] > 1 || message.empty()) return;
  err_ << (options_.progress ? "\n" : "") << "roomlog: " << code << ": " << message
       << "; trying again\n";
}

std::string feed_results::settled_room(const feed_outcome& how) {
  const bool is_there = is(how, error_code::room_exists) || is(how, error_code::cid_conflict);
  if (!how.refusal.empty() && !is_there) {
    return "the room cannot be made: " + how.refusal + ": " + how.message;
  }
  report.room = how.refusal.empty() && !how.duplicate ? "made" : "there already";
  room_ready_ = true;
  return {};
}

std::string feed_results::settled_join(const feed_lane& lane, const feed_outcome& how) {
  if (how.refusal.empty()) {
    ++(how.duplicate ? report.joins_duplicate : report.joins_accepted);
    return {};
  }
  if (is(how, error_code::unknown_room) || is(how, error_code::room_closed)) {
    return lane.user() + " cannot join " + options_.room + ": " + how.refusal +
           " (a private room cannot be joined)";
  }
  err_ << "roomlog: " << lane.user() << " cannot join: " << how.refusal << ": " << how.message
       << '\n';
  return {};
}

void feed_results::settled_line(const feed_command& command, const feed_outcome& how) {
  if (how.refusal.empty()) {
    ++(how.duplicate ? report.duplicates : report.accepted);
    return;
  }
  ++report.refused[how.refusal];
  if (report.refused_shown.size() >= refused_shown_max) return;
  const feed_item& item = plan_.items[command.item];
  report.refused_shown.push_back(plan_.files[item.file].name + ':' + std::to_string(item.line + 1) +
                                 ": " + how.refusal + ": " + how.message);
}

}  // namespace roomlog
