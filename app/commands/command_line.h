// The command line: which commands there are, and what of CLI11's answers becomes which exit code.
#pragma once

#include <span>
#include <string>

#include "app/commands/exit_code.h"

namespace roomlog {

// `arguments` without the program's name.
exit_code run_command_line(std::span<const std::string> arguments);

}  // namespace roomlog
