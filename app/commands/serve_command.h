// `roomlog serve`: the server as a process, with its signals and exit codes.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_serve_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
