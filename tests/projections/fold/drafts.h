// Events as tests write them: short to say, with texts that live as long as the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/records/event.h"

namespace roomlog::testing {

// A copy that is never freed, for the views of an event.
std::string_view keep(std::string text);

// Distinct digests for distinct numbers.
command_digest digest_of(std::uint64_t number);

constexpr std::string_view open_room = "t/open";
constexpr std::string_view closed_circle = "t/private";

// Without facts: who asks what where. The digest follows from the cid.
event by(std::string_view actor, std::string_view cid, std::string_view room = open_room);

event creates(std::string_view actor, std::string_view cid, std::string_view room = open_room);
event creates_private(std::string_view actor, std::string_view cid,
                      std::vector<std::string_view> members = {},
                      std::string_view room = closed_circle);
event creates_direct(std::string_view actor, std::string_view cid, std::string_view other,
                     std::string_view room = "t/direct");
event joins(std::string_view actor, std::string_view cid, std::string_view room = open_room);
event leaves(std::string_view actor, std::string_view cid, std::string_view room = open_room);
event invites(std::string_view actor, std::string_view cid, std::string_view user,
              std::string_view room = open_room);
event kicks(std::string_view actor, std::string_view cid, std::string_view user,
            std::string_view room = open_room);
event gives_role(std::string_view actor, std::string_view cid, std::string_view user,
                 member_role role, std::string_view room = open_room);
event changes_room(std::string_view actor, std::string_view cid, std::string_view title,
                   bool close = false, std::string_view room = open_room);
event says(std::string_view actor, std::string_view cid, std::string_view text = "hello",
           std::string_view room = open_room);
event replies(std::string_view actor, std::string_view cid, std::uint64_t reply_to,
              std::uint64_t thread = 0, std::string_view room = open_room);
event edits(std::string_view actor, std::string_view cid, std::uint64_t target,
            std::string_view text = "better", std::string_view room = open_room);
event deletes(std::string_view actor, std::string_view cid, std::uint64_t target,
              std::string_view room = open_room);
event reacts(std::string_view actor, std::string_view cid, std::uint64_t target,
             std::string_view room = open_room, std::string_view emoji = "+1");
event takes_back(std::string_view actor, std::string_view cid, std::uint64_t target,
                 std::string_view room = open_room, std::string_view emoji = "+1");

struct mark {
  std::string_view user;
  std::uint64_t delivered = 0, read = 0;
};
// Of watermarks: no actor, no cid.
event advances(const std::vector<mark>& marks, std::string_view room = open_room);

event fence(std::string_view gateway, std::uint64_t counter, std::uint64_t nonce);
event control_record(event_facts facts);

}  // namespace roomlog::testing
