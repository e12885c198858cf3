#include "tests/pushers/session/room_world.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "schemas/records/codec.h"

namespace roomlog::testing {

namespace {

constexpr std::int64_t first_time = 1'700'000'000'000'000;

}  // namespace

room_world::stored_event& room_world::add(const std::string& room, const std::string& actor,
                                          event_facts facts, std::string content) {
  auto& state = rooms_[room];
  auto& stored = events_.emplace_back();
  stored.room = room;
  stored.actor = actor;
  stored.content = std::move(content);
  const seq_no seq{state.events.size() + 1};
  stored.cid = "cid-" + std::to_string(seq.value);
  auto& decided = stored.decided;
  decided.at = offset{end_++};
  decided.append_time = timestamp{first_time + static_cast<std::int64_t>(decided.at.value) * 1000};
  decided.decision = {verdict_kind::accepted, reject_reason::none, seq, decided.at,
                      decided.append_time};
  decided.ev.room = stored.room;
  decided.ev.actor = stored.actor;
  decided.ev.cid = stored.cid;
  if (auto* change = std::get_if<member_changed>(&facts)) {
    stored.user = change->user;
    change->user = stored.user;
  }
  decided.ev.facts = facts;
  decided.ev.content = as_byte_view(stored.content);
  state.events.push_back(&stored);
  return stored;
}

decided_batch_ptr room_world::batch_of(std::vector<stored_event*> events) {
  auto batch = std::make_shared<decided_batch>();
  batch->begin = events.front()->decided.at;
  batch->end = next(events.back()->decided.at);
  for (const auto* stored : events) batch->events.push_back(stored->decided);
  return batch;
}

decided_batch_ptr room_world::create(const std::string& room, const std::string& owner,
                                     bool is_public) {
  const std::lock_guard lock(mutex_);
  auto& stored =
      add(room, owner, room_created{is_public, false, {}}, encode(room_content{"A room", {}}));
  rooms_[room].roles[owner] = member_role::owner;
  rooms_[room].is_public = is_public;
  return batch_of({&stored});
}

decided_batch_ptr room_world::member(const std::string& room, const std::string& actor,
                                     const std::string& user, member_change change,
                                     member_role role) {
  const std::lock_guard lock(mutex_);
  auto& stored = add(room, actor, member_changed{change, user, role}, {});
  auto& roles = rooms_[room].roles;
  if (change == member_change::left || change == member_change::kicked)
    roles.erase(user);
  else
    roles[user] = role;
  return batch_of({&stored});
}

decided_batch_ptr room_world::post(const std::string& room, const std::string& actor,
                                   const std::string& text) {
  const std::lock_guard lock(mutex_);
  message_content content;
  content.text = text;
  return batch_of({&add(room, actor, message_posted{}, encode(content))});
}

decided_batch_ptr room_world::post_many(const std::string& room, const std::string& actor,
                                        const std::string& text, std::size_t count) {
  const std::lock_guard lock(mutex_);
  std::vector<stored_event*> made;
  for (std::size_t i = 0; i < count; ++i) {
    const auto numbered = text + ' ' + std::to_string(rooms_[room].events.size() + 1);
    message_content content;
    content.text = numbered;
    made.push_back(&add(room, actor, message_posted{}, encode(content)));
  }
  return batch_of(std::move(made));
}

decided_batch_ptr room_world::post_damaged(const std::string& room, const std::string& actor) {
  const std::lock_guard lock(mutex_);
  return batch_of({&add(room, actor, message_posted{}, "no content at all")});
}

command_ack room_world::ack_of(const std::string& room, seq_no seq) {
  const std::lock_guard lock(mutex_);
  const auto& stored = *rooms_[room].events.at(seq.value - 1);
  return {std::string(split_room_key(room).room), stored.cid, seq, stored.decided.at,
          stored.decided.decision.shown_time,     false};
}

std::uint64_t room_world::head(const std::string& room) {
  const std::lock_guard lock(mutex_);
  return rooms_[room].events.size();
}

std::size_t room_world::content_bytes(const std::string& room, seq_no seq) const {
  const std::lock_guard lock(mutex_);
  return find(room)->events.at(seq.value - 1)->content.size();
}

void room_world::fall_behind(std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  behind_ = records;
}

void room_world::catch_up() {
  std::vector<waiter> ready;
  {
    const std::lock_guard lock(mutex_);
    end_ += std::exchange(behind_, 0);
    const auto first_ready = std::stable_partition(
        waiters_.begin(), waiters_.end(), [&](const waiter& w) { return w.until.value > end_; });
    std::move(first_ready, waiters_.end(), std::back_inserter(ready));
    waiters_.erase(first_ready, waiters_.end());
  }
  for (auto& waiter : ready) waiter.done({});
}

void room_world::cut(const std::string& room, std::uint64_t last) {
  const std::lock_guard lock(mutex_);
  rooms_[room].gone = last;
}

void room_world::fail_pages(bool fail) {
  const std::lock_guard lock(mutex_);
  fail_pages_ = fail;
}

void room_world::hold_pages(bool hold) {
  const std::lock_guard lock(mutex_);
  hold_pages_ = hold;
  pages_go_on_.notify_all();
}

std::size_t room_world::pages_read() const {
  const std::lock_guard lock(mutex_);
  return pages_read_;
}

std::size_t room_world::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiters_.size() + level_asked_.size();
}

// ---- fold_lookup ----

offset room_world::position(partition_id) const {
  const std::lock_guard lock(mutex_);
  return offset{end_};
}

offset room_world::log_end(partition_id) const {
  const std::lock_guard lock(mutex_);
  return offset{end_ + behind_};
}

const room_world::room_state* room_world::find(std::string_view room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() || found->second.events.empty() ? nullptr : &found->second;
}

result<> room_world::readable() const {
  if (answers_left_ == INT_MAX || --answers_left_ >= 0) return {};
  answers_left_ = 0;
  ++questions_refused_;
  return error{errc::unavailable, "Too many open files"};
}

result<room_info> room_world::find_room(std::string_view room) const {
  if (auto now = readable(); !now) return now.error();
  const std::lock_guard lock(mutex_);
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  room_info info;
  info.is_public = state->is_public;
  info.head = seq_no{state->events.size()};
  info.last_time = state->events.back()->decided.decision.shown_time;
  info.members = static_cast<std::uint32_t>(state->roles.size());
  return info;
}

result<member_role> room_world::role_of(std::string_view room, std::string_view user) const {
  if (auto now = readable(); !now) return now.error();
  const std::lock_guard lock(mutex_);
  const auto* state = find(room);
  if (state == nullptr) return member_role::none;
  const auto role = state->roles.find(std::string(user));
  return role == state->roles.end() ? member_role::none : role->second;
}

result<seq_no> room_world::first_seq_since(std::string_view room, timestamp since) const {
  ++searches_;
  const std::lock_guard lock(mutex_);
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  for (const auto* stored : state->events)
    if (stored->decided.decision.shown_time >= since) return stored->decided.decision.seq;
  return seq_no{state->events.size() + 1};
}

result<seq_no> room_world::first_seq_after(std::string_view room, offset after) const {
  ++searches_;
  const std::lock_guard lock(mutex_);
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  for (const auto* stored : state->events)
    if (stored->decided.at > after) return stored->decided.decision.seq;
  return seq_no{state->events.size() + 1};
}

result<seq_no> room_world::first_available(std::string_view room) const {
  const std::lock_guard lock(mutex_);
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  return seq_no{state->gone + 1};
}

bool room_world::has_everything(std::string_view room) const {
  const std::lock_guard lock(mutex_);
  const auto* state = find(room);
  return state == nullptr || state->gone == 0;
}

void room_world::when_folded(partition_id, offset until, std::function<void(result<>)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (until.value > end_) {
      waiters_.push_back({until, std::move(done)});
      return;
    }
  }
  done({});
}

void room_world::when_level(partition_id partition, std::function<void(result<>)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (hold_level_) {
      level_asked_.push_back(std::move(done));
      return;
    }
  }
  when_folded(partition, log_end(partition), std::move(done));
}

void room_world::hold_level(bool hold) {
  std::vector<std::function<void(result<>)>> asked;
  {
    const std::lock_guard lock(mutex_);
    hold_level_ = hold;
    if (!hold) asked.swap(level_asked_);
  }
  for (auto& done : asked) done({});
}

void room_world::fail_level() {
  std::vector<std::function<void(result<>)>> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(level_asked_);
  }
  for (auto& done : asked) done(error{errc::unavailable, "told to fail"});
}

// ---- history_source ----

void room_world::pass_hold(std::unique_lock<std::mutex>& lock) {
  ++pages_held_;
  pages_go_on_.wait(lock, [this] { return !hold_pages_; });
  --pages_held_;
}

std::size_t room_world::pages_held() const {
  const std::lock_guard lock(mutex_);
  return pages_held_;
}

history_entry room_world::entry_of(const stored_event& stored) {
  const auto& decided = stored.decided;
  return {{decided.decision.seq, decided.at, decided.decision.shown_time}, decided.ev};
}

result<history_page> room_world::page(std::string_view room, const history_query& query) {
  std::unique_lock lock(mutex_);
  pass_hold(lock);
  if (fail_pages_) return error{errc::timeout, "told to fail"};
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  const auto end = std::min<std::uint64_t>(end_of_page(query).value, state->events.size() + 1);
  history_page page;
  page.first_available = seq_no{state->gone + 1};
  std::size_t bytes = 0, looked_at = 0;
  auto seq = query.after ? query.after->value + 1 : end - 1;
  for (; query.after ? seq < end : seq > 0; query.after ? ++seq : --seq) {
    const auto& stored = *state->events[seq - 1];
    const bool wanted =
        query.kinds.empty() || std::find(query.kinds.begin(), query.kinds.end(),
                                         event_kind(stored.decided.ev)) != query.kinds.end();
    const bool full = page.entries.size() == query.limit ||
                      (!page.entries.empty() && bytes + stored.content.size() > query.bytes_max);
    if (looked_at++ == query.scan_max || (wanted && full)) {
      page.more = true;
      break;
    }
    page.next = seq_no{seq};
    if (!wanted) continue;
    bytes += stored.content.size();
    page.entries.push_back(entry_of(stored));
  }
  if (!query.after) std::reverse(page.entries.begin(), page.entries.end());
  return page;
}

result<history_page> room_world::events_from(std::string_view room, seq_no first,
                                             std::size_t bytes_max) {
  std::unique_lock lock(mutex_);
  ++pages_read_;
  pass_hold(lock);
  if (fail_pages_) return error{errc::timeout, "told to fail"};
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  history_page page;
  page.first_available = seq_no{state->gone + 1};
  std::size_t bytes = 0;
  for (auto i = std::max(first.value - 1, state->gone); i < state->events.size(); ++i) {
    bytes += state->events[i]->content.size();
    if (bytes > bytes_max && !page.entries.empty()) break;
    page.entries.push_back(entry_of(*state->events[i]));
  }
  page.more =
      page.entries.empty() ? false : page.entries.back().standing.seq.value < state->events.size();
  return page;
}

result<member_page> room_world::members(std::string_view room, const list_query& query) {
  std::unique_lock lock(mutex_);
  pass_hold(lock);
  const auto* state = find(room);
  if (state == nullptr) return error{errc::not_found, "no room"};
  member_page page;
  for (const auto& [user, role] : state->roles) {
    if (user <= query.after) continue;
    if (page.members.size() == query.limit) {
      page.more = true;
      break;
    }
    page.members.push_back({user, "", role});
    page.next = user;
  }
  return page;
}

result<std::string> room_world::title_of(std::string_view room) {
  const std::lock_guard lock(mutex_);
  if (find(room) == nullptr) return error{errc::not_found, "no room"};
  return std::string("A room");
}

result<room_page> room_world::rooms_of(std::string_view tenant, std::string_view user,
                                       const rooms_query& query) {
  std::unique_lock lock(mutex_);
  pass_hold(lock);
  room_page page;
  for (const auto& [key, state] : rooms_) {
    const auto role = state.roles.find(std::string(user));
    const auto named = split_room_key(key);
    if (named.tenant != tenant || role == state.roles.end() || named.room <= query.after) continue;
    if (page.rooms.size() == query.limit) {
      page.more = true;
      break;
    }
    page.next = named.room;
    room_entry entry;
    entry.room = key;
    entry.title = "A room";
    entry.role = role->second;
    entry.head = seq_no{state.events.size()};
    entry.last = entry_of(*state.events.back());
    page.rooms.push_back(std::move(entry));
  }
  return page;
}

}  // namespace roomlog::testing
