// At the end of a run: what a process has on its disk against a fold of the log from nothing.
#pragma once

#include <memory>
#include <string>

#include "tests/sim/server_process.h"

namespace roomlog::sim {

// Ends the process, since a disk has one user at a time. Empty, or what differs.
std::string state_problem(log& events, std::unique_ptr<server_process>& process,
                          const std::shared_ptr<memory_state>& disk, const process_setup& setup);

}  // namespace roomlog::sim
