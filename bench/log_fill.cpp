#include "bench/log_fill.h"

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

#include "log/base/clock.h"
#include "log/partitioner.h"
#include "schemas/records/codec.h"

namespace roomlog::bench {
namespace {

constexpr std::uint64_t nonce = 0x5eed;
constexpr std::size_t group_records = 512;

// One gateway's numbers and what it has collected for each partition.
class filler {
 public:
  explicit filler(log& events) : events_(events), lanes_(events.partitions()) {
    for (std::uint32_t p = 0; p < events.partitions(); ++p) {
      event fence;
      fence.append = {gateway, 1, nonce, 0};
      fence.gateway_time = clock_.now();
      fence.facts = gateway_fence{};
      lanes_[p].entries.push_back({"", encode(fence)});
    }
  }

  void add(const std::string& room, event e) {
    const partition_id p = partition_of(room, events_.partitions());
    lane& l = lanes_[p.value];
    e.append = {gateway, 1, nonce, ++l.number};
    e.room = room;
    e.gateway_time = clock_.now();
    e.digest_alg = digest_algorithm::sha256_128_v1;
    for (int i = 0; i < 8; ++i)
      e.digest[static_cast<std::size_t>(i)] = static_cast<std::byte>(++salt_ >> i);
    l.entries.push_back({room, encode(e)});
    if (l.entries.size() >= group_records) hand_over(p);
  }

  void finish() {
    for (std::uint32_t p = 0; p < lanes_.size(); ++p) hand_over(partition_id{p});
    while (open_.load() != 0) std::this_thread::yield();
    if (failed_) throw std::runtime_error("the log failed: " + events_.failure());
  }

 private:
  struct lane {
    std::uint64_t number = 0;
    std::vector<append_entry> entries;
  };

  void hand_over(partition_id p) {
    std::vector<append_entry> entries;
    entries.swap(lanes_[p.value].entries);
    if (entries.empty()) return;
    const auto is_half_full = [&] {
      const append_load now = events_.load(p);
      return now.bytes > now.bytes_max / 2;
    };
    while (is_half_full()) std::this_thread::yield();
    ++open_;
    const auto accepted = events_.append(p, std::move(entries), [this](append_result r) {
      if (!r) failed_ = true;
      --open_;
    });
    if (!accepted) throw std::runtime_error("append refused: " + accepted.error().text);
  }

  static constexpr std::string_view gateway = "benchgateway0001";
  log& events_;
  system_clock_source clock_;
  std::vector<lane> lanes_;
  std::uint64_t salt_ = 0;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> failed_{false};
};

std::string room_name(std::uint64_t i) {
  return "default/room-" + std::to_string(i);
}
std::string user_name(std::uint64_t i) {
  return "user-" + std::to_string(i);
}

}  // namespace

void fill_log(log& events, const fill_options& options) {
  filler fill(events);
  for (std::uint32_t r = 0; r < options.rooms; ++r) {
    const std::string owner = user_name(r);
    event e;
    e.actor = owner;
    e.cid = "create";
    e.facts = room_created{true, false, {}};
    fill.add(room_name(r), e);
    for (std::uint32_t u = 1; u < options.users_per_room; ++u) {
      const std::string user = user_name(r + u);
      e.actor = user;
      e.cid = "join";
      e.facts = member_changed{member_change::joined, user, member_role::none};
      fill.add(room_name(r), e);
    }
  }
  const std::string text(60, 'x');
  message_content plain;
  plain.text = text;
  const std::string content = encode(plain);
  for (std::uint64_t i = 0; i < options.messages; ++i) {
    const std::uint64_t room = i % options.rooms;
    const std::string user = user_name(room + i / options.rooms % options.users_per_room);
    char cid[40];
    std::snprintf(cid, sizeof cid, "0b6e%016llx-%012llx",
                  static_cast<unsigned long long>(i * 0x9e3779b97f4a7c15ULL),
                  static_cast<unsigned long long>(i));
    event e;
    e.actor = user;
    e.cid = cid;
    e.facts = message_posted{};
    e.content = as_byte_view(content);
    fill.add(room_name(room), e);
  }
  fill.finish();
}

}  // namespace roomlog::bench
