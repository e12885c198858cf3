// The command line of `roomlog token` and `roomlog token verify` (token_make.h, token_verify.h).
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_token_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
