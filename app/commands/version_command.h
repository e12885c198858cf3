// `roomlog version`.
#pragma once

#include <string>

#include "app/commands/command.h"

namespace roomlog {

void add_version_command(CLI::App& root, command_choice& choice);

// {"name":"roomlog","version":…,"format_version":…}, as /version says it too.
std::string version_json();

}  // namespace roomlog
