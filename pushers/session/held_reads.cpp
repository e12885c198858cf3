#include "pushers/session/held_reads.h"

namespace roomlog {

bool held_reads::has_earlier(std::string_view room, const pending_read& read) const {
  for (const auto& other : reads_) {
    if (&other == &read) return false;
    if (room_of(other.what) == room) return true;
  }
  return false;
}

std::optional<subscribe_command> held_reads::take_subscribe(std::string_view room) {
  const auto at = std::find_if(reads_.begin(), reads_.end(), [&](const pending_read& read) {
    return std::holds_alternative<subscribe_command>(read.what) && room_of(read.what) == room;
  });
  if (at == reads_.end()) return std::nullopt;
  auto what = std::get<subscribe_command>(std::move(at->what));
  reads_.erase(at);
  return what;
}

void held_reads::on_level(std::uint64_t ticket) {
  for (auto& read : reads_)
    if (read.level_ticket == ticket) read.level = fold_level::reached;
}

void held_reads::on_cursor(const found_cursor& found) {
  for (auto& read : reads_)
    if (read.cursor_ticket == found.ticket) read.cursor = found;
}

std::vector<command_id> held_reads::take_expired(moment now) {
  std::vector<command_id> ids;
  const auto past = [&](const pending_read& read) { return read.deadline <= now.steady; };
  for (const auto& read : reads_)
    if (past(read)) ids.push_back(id_of(read.what));
  reads_.erase(std::remove_if(reads_.begin(), reads_.end(), past), reads_.end());
  return ids;
}

std::chrono::microseconds held_reads::due() const {
  auto due = never;
  for (const auto& read : reads_) due = std::min(due, read.deadline);
  return due;
}

}  // namespace roomlog
