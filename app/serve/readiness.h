// What /readyz says: every component, and why one is not ready.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

struct component_state {
  std::string name;
  std::string trouble;                                      // empty: ready
  enum class lasts : bool { no, yes } lasting = lasts::no;  // whether it may pass by itself
  struct lag {
    std::uint32_t partition;
    std::uint64_t records;  // that the log is known to hold and that are still to be read
  };
  std::vector<lag> lags;  // of the fold
  // What is not as it should be, and yet no reason to lead clients away.
  std::string note{};
  struct reach {
    std::chrono::milliseconds silent_for{};  // 0: somebody answers
    std::vector<partition_id> leaderless;
  };
  std::optional<reach> of_log{};  // of a log that is elsewhere
};

bool all_ready(const std::vector<component_state>& components);
// {"ready":false,"roles":["projector"],"components":[
//  {"name":"log","ready":true,"reachable":true,"leaderless":[3],"note":"no leader: partition 3"},
//  {"name":"fold","ready":false,"why":…,"lag":[{"partition":0,"records":7}]}]}
std::string readiness_json(const std::vector<component_state>& components,
                           const std::vector<std::string>& roles);

}  // namespace roomlog
