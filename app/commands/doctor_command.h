// `roomlog doctor`: what is, compared with what is needed, and the command that mends it.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_doctor_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
