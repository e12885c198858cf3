#include "tests/sim/other_writer.h"

#include <cstring>
#include <iterator>

#include "log/partitioner.h"
#include "schemas/records/codec.h"

namespace roomlog::sim {
namespace {

constexpr const char* gateway_id = "another-program";

}  // namespace

other_writer::other_writer(shared_log& log, random_source& chance)
    : log_(log), chance_(chance), fences_(log.partitions()) {}

void other_writer::act() {
  const auto& rooms = log_.judge().rooms();
  if (rooms.empty()) return;
  const auto& [key, room] =
      *std::next(rooms.begin(), static_cast<std::ptrdiff_t>(chance_.below(rooms.size())));
  const std::string name = key;  // what is written may move the map
  if (chance_.in_1000(400)) return advance_watermarks(name, room);
  touch_message(name, room);
}

std::string other_writer::some_member(const oracle::room& in) {
  if (in.members.empty() || chance_.in_1000(50)) return "stranger";
  return std::next(in.members.begin(),
                   static_cast<std::ptrdiff_t>(chance_.below(in.members.size())))
      ->first;
}

void other_writer::take_fence(partition_id in) {
  auto& fence = fences_[in.value];
  fence = {fence.counter + 1, chance_.next(), 0};
  event e;
  e.append = {gateway_id, fence.counter, fence.nonce, 0};
  e.gateway_time = log_.clock().now();
  e.facts = gateway_fence{};
  log_.write(in, {{"", encode(e)}});
}

void other_writer::write(const std::string& room_key, event& e) {
  const partition_id in = partition_of(room_key, log_.partitions());
  auto& fence = fences_[in.value];
  if (fence.counter == 0 || fence.in_doubt || chance_.in_1000(30)) take_fence(in);
  // A number that leaves one out is out of order.
  const bool in_turn = !chance_.in_1000(30);
  const std::uint64_t number = in_turn ? fence.number + 1 : fence.number + 2;
  fence.number = number;
  fence.in_doubt = !in_turn;
  const std::string cid = "other-" + std::to_string(++cids_);
  e.append = {gateway_id, fence.counter, fence.nonce, number};
  e.room = room_key;
  e.cid = cid;
  e.digest_alg = digest_algorithm::sha256_128_v1;
  std::memcpy(e.digest.data(), &cids_, sizeof cids_);
  e.gateway_time = log_.clock().now();
  if (std::holds_alternative<watermarks_advanced>(e.facts)) e.cid = {};
  std::string value = encode(e);
  // In the partition of another room it is no valid record, and uses no number.
  if (in_turn && log_.partitions() > 1 && chance_.in_1000(20)) {
    log_.write(partition_id{(in.value + 1) % log_.partitions()}, {{room_key, value}});
  }
  if (!in_turn || !chance_.in_1000(20)) return void(log_.write(in, {{room_key, value}}));
  // A damaged copy uses no number.
  std::string damaged = value;
  damaged[damaged.size() / 2] ^= 1;
  log_.write(in, {{room_key, damaged}, {room_key, value}});
}

void other_writer::touch_message(const std::string& room_key, const oracle::room& in) {
  const seq_no target{1 + chance_.below(in.head() + 1)};
  const shown_event* found = in.event(target.value);
  const bool as_author = found != nullptr && !chance_.in_1000(200);
  const std::string actor = as_author ? found->actor : some_member(in);
  const std::string text = "edited " + std::to_string(chance_.next());
  message_content content;
  content.text = text;
  const std::string bytes = encode(content);
  event e;
  e.actor = actor;
  if (chance_.in_1000(3)) {
    e.facts = room_changed{true};
    return write(room_key, e);
  }
  switch (chance_.below(5)) {
    case 0:
    case 1:
      e.facts = message_edited{target};
      e.content = as_byte_view(bytes);
      break;
    case 2:
      e.facts = message_deleted{target};
      break;
    default: {
      constexpr const char* emojis[] = {"+1", "\xf0\x9f\x91\x8d", "heart"};
      e.facts = reaction_changed{target, emojis[chance_.below(3)], chance_.in_1000(300)};
    }
  }
  write(room_key, e);
}

// Some go back, some beyond the head, some are of users who are not there.
void other_writer::advance_watermarks(const std::string& room_key, const oracle::room& in) {
  std::vector<std::string> users;
  for (std::uint64_t i = 0; i < 1 + chance_.below(4); ++i) users.push_back(some_member(in));
  watermarks_advanced facts;
  for (const auto& user : users) {
    facts.watermarks.push_back(
        {user, seq_no{chance_.below(in.head() + 2)}, seq_no{chance_.below(in.head() + 2)}});
  }
  event e;
  e.facts = facts;
  write(room_key, e);
}

}  // namespace roomlog::sim
