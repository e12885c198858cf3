// What a command costs its user.
#pragma once

#include <cstddef>
#include <cstdint>

namespace roomlog {

struct command_cost {
  std::size_t bytes = 0;     // of the record, about
  std::uint32_t people = 0;  // that it names, to bring them into a room
  bool is_message = false;
};

}  // namespace roomlog
