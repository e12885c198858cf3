// `roomlog config show|check|default|reference`.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_config_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
