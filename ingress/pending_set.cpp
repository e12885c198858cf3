#include "ingress/pending_set.h"

#include <algorithm>
#include <utility>

namespace roomlog {

std::string pending_key(std::string_view room_key, std::string_view user, std::string_view cid,
                        const command_digest& digest) {
  std::string key;
  key.reserve(room_key.size() + user.size() + cid.size() + digest.size() + 2);
  // No name holds a line feed.
  key.append(room_key).append(1, '\n').append(user).append(1, '\n').append(cid);
  key.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return key;
}

pending_command* pending_set::find(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

pending_command& pending_set::add(owned command) {
  pending_command& added = *command;
  by_key_.emplace(added.key, &added);
  add_bytes(added, sizeof added + added.key.size() + added.user_key.size() + added.record.bytes());
  for (const auto& waiter : added.waiters) {
    add_bytes(added, waiter.bytes());
    add_connection(added, waiter.to.connection);
    look_again_ = std::min(look_again_, waiter.until);
  }
  backlog_.push_back(std::move(command));
  return added;
}

void pending_set::attach(pending_command& to, command_waiter waiter) {
  add_connection(to, waiter.to.connection);
  look_again_ = std::min(look_again_, waiter.until);
  add_bytes(to, waiter.bytes());
  to.waiters.push_back(std::move(waiter));
}

void pending_set::add_connection(pending_command& to, std::uint64_t connection) {
  if (std::find(to.connections.begin(), to.connections.end(), connection) != to.connections.end()) {
    return;
  }
  to.connections.push_back(connection);
  connections_.add(connection);
}

void pending_set::mark_appended(std::size_t count, std::uint64_t first_number) {
  if (appended_.empty()) first_number_ = first_number;
  for (std::size_t i = 0; i < count; ++i) {
    owned command = std::move(backlog_.front());
    backlog_.pop_front();
    command->number = first_number + i;
    ++command->appends;
    appended_.push_back(std::move(command));
  }
}

pending_set::owned pending_set::take_last_of_backlog() {
  owned taken = release(backlog_.back());
  backlog_.pop_back();
  return taken;
}

pending_command* pending_set::numbered(std::uint64_t number) const {
  if (number < first_number_ || number - first_number_ >= appended_.size()) return nullptr;
  return appended_[number - first_number_].get();
}

pending_set::owned pending_set::take_numbered(std::uint64_t number) {
  if (numbered(number) == nullptr) return nullptr;
  owned taken = release(appended_[number - first_number_]);
  trim_front();
  return taken;
}

void pending_set::trim_front() {
  while (!appended_.empty() && !appended_.front()) {
    appended_.pop_front();
    ++first_number_;
  }
}

// Takes a command out of all books but its slot in the queue, which is left null. Those who wait on
// closed connections are dropped.
pending_set::owned pending_set::release(owned& slot) {
  owned taken = std::move(slot);
  by_key_.erase(taken->key);
  bytes_ -= taken->bytes;
  std::erase_if(taken->waiters, [this](const command_waiter& w) {
    return connections_.is_closed(w.to.connection);
  });
  for (const std::uint64_t connection : taken->connections) connections_.remove(connection);
  return taken;
}

void pending_set::rewind() {
  for (auto i = appended_.rbegin(); i != appended_.rend(); ++i) {
    if (!*i) continue;
    (*i)->number = 0;
    backlog_.push_front(std::move(*i));
  }
  appended_.clear();
  drop_unawaited();
}

template <class Wanted>
std::vector<pending_set::owned> pending_set::take_of_backlog(Wanted wanted) {
  std::vector<owned> taken;
  for (auto& command : backlog_) {
    if (wanted(*command)) taken.push_back(release(command));
  }
  std::erase_if(backlog_, [](const owned& c) { return !c; });
  return taken;
}

std::vector<pending_set::owned> pending_set::take_forgotten() {
  return take_of_backlog(
      [](const pending_command& c) { return c.waiters.empty() && c.appends == 0; });
}

std::vector<pending_set::owned> pending_set::take_never_appended() {
  return take_of_backlog([](const pending_command& c) { return c.appends == 0; });
}

std::vector<pending_set::owned> pending_set::take_backlog() {
  return take_of_backlog([](const pending_command&) { return true; });
}

void pending_set::drop_unawaited() {
  for (auto* queue : {&appended_, &backlog_}) {
    for (auto& command : *queue) {
      if (command && command->waiters.empty()) (void)release(command);
    }
  }
  std::erase_if(backlog_, [](const owned& c) { return !c; });
  trim_front();
}

std::vector<pending_set::owned> pending_set::take_appended() {
  std::vector<owned> taken;
  for (auto& command : appended_) {
    if (command) taken.push_back(release(command));
  }
  appended_.clear();
  return taken;
}

}  // namespace roomlog
