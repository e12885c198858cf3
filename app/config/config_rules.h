// What no setting can know alone: which values do not go together, which files cannot be read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config/effective_config.h"

namespace roomlog {

struct config_problem {
  std::string_view name;  // of the setting whose source is to be named
  std::string text;
};

// Of every command; what a server needs beside is in serve/server_rules.h.
std::vector<config_problem> check_together(const config& values);

}  // namespace roomlog
