// `roomlog read`: what is in the log, one JSON object a line.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_read_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
