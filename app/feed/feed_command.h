// `roomlog feed`.
#pragma once

#include "app/commands/command.h"

namespace roomlog {

void add_feed_command(CLI::App& root, command_choice& choice);

}  // namespace roomlog
