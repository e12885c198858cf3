// What becomes of a read at this moment, by the rights and the head that the fold knows now.
// Sessions and HTTP requests ask this when a read comes, and once more when what it waited for
// has happened, so that rights are those of the moment at which it runs.
//
//   plan_read ──► run      the room as it was checked
//            ├──► refuse   why
//            └──► wait     the log may hold records, not folded yet, that change the answer: when
//                          the fold is level in those partitions, the read is planned again
//
// Pure but for the fold's state. A read waits once at most.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "projections/worker/fold_lookup.h"
#include "pushers/queries/read_requests.h"
#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

// The commands that read a room, or a user's rooms.
using read_command =
    std::variant<subscribe_command, history_command, rooms_command, members_command>;

template <class Command>
concept is_read = std::is_constructible_v<read_command, Command>;

// Only of a command that is a read.
read_command as_read(command what);
// Only of a read that is no subscribe.
view_query query_of(const principal& who, read_command what);
const command_id& id_of(const read_command& what);
// As the client named it; empty for rooms.
std::string_view room_of(const read_command& what);

// Whether the fold was level since the read came.
enum class fold_level { not_awaited, reached };

enum class read_step { run, refuse, wait };

struct read_plan {
  read_step step = read_step::refuse;
  room_info room;                    // run: of a read that names a room
  client_error why;                  // refuse
  std::vector<partition_id> behind;  // wait: where
};

read_plan plan_read(const fold_lookup& fold, const principal& who, const read_command& what,
                    fold_level level);

// Calls `done` once: when the fold is level in all of `behind`, or with the first error. From any
// thread, maybe from within the call.
void when_level(fold_lookup& fold, const std::vector<partition_id>& behind,
                std::function<void(result<>)> done);

// Where a subscription begins. `found`: the answer to a search, where one is needed.
bool needs_search(const fold_lookup& fold, std::string_view room_key,
                  const subscribe_command& what);
seq_no first_of(const subscribe_command& what, const room_info& room, const found_cursor* found);

}  // namespace roomlog
