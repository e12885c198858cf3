// What /readyz says: every component, and why one is not ready.
#pragma once

#include <string>
#include <vector>

namespace roomlog {

struct component_state {
  std::string name;
  std::string trouble;                                      // empty: ready
  enum class lasts : bool { no, yes } lasting = lasts::no;  // whether it may pass by itself
};

bool all_ready(const std::vector<component_state>& components);
// {"ready":false,"components":[{"name":"log","ready":true},{"name":"fold","ready":false,"why":…}]}
std::string readiness_json(const std::vector<component_state>& components);

}  // namespace roomlog
