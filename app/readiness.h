// What /readyz says: every component, and why one is not ready.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
};

bool all_ready(const std::vector<component_state>& components);
// {"ready":false,"roles":["projector"],"components":[{"name":"log","ready":true},
//  {"name":"fold","ready":false,"why":…,"lag":[{"partition":0,"records":7}]}]}
std::string readiness_json(const std::vector<component_state>& components,
                           const std::vector<std::string>& roles);

}  // namespace roomlog
