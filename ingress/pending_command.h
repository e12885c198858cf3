// A command that is in flight, and those who wait for its verdict.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingress/commands/command_record.h"
#include "ingress/limits/user_limits.h"
#include "ingress/limits/user_load.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Somebody who waits for the verdict: who sent the command, or the same one again.
struct command_waiter {
  command_origin to;
  command_id id;
  std::chrono::microseconds until;  // steady
  bool repeated = false;            // not the first with this command

  // Of memory held, about.
  std::size_t bytes() const { return sizeof *this + id.size(); }
};

struct pending_command {
  std::string key;       // pending_key()
  std::string user_key;  // "tenant/user", who pays for it
  command_record record;
  command_toll toll;          // what it cost its user
  load_share share;           // what it takes of its user's share of what may be in flight
  std::uint64_t number = 0;   // 0: not appended under the present fence
  std::uint32_t appends = 0;  // under all fences
  std::vector<command_waiter> waiters;
  std::vector<std::uint64_t> connections;  // that have it undecided, each once
  std::size_t bytes = 0;
};

// Room, actor, cid and digest: what makes two commands the same.
std::string pending_key(std::string_view room_key, std::string_view user, std::string_view cid,
                        const command_digest& digest);

}  // namespace roomlog
