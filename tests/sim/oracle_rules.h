// What a room allows whom: "Rooms" and "Members" of docs/fold.md, for the oracle.
#pragma once

#include "tests/sim/oracle.h"

namespace roomlog::sim {

struct rule_answer {
  enum answers { accept, refuse, repeat } what = accept;
  unsigned reason = 0;
  std::uint64_t seq = 0;  // repeat
};

// `in` is null where the room does not exist.
rule_answer judge_rules(const oracle::room* in, const fbs::Event& e);

}  // namespace roomlog::sim
