// The command line of `roomlog token` and `roomlog token verify`; what they do stands in
// token_command.h.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_token_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
