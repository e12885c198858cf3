// The table of settings and an effective configuration as people and machines read them.
#pragma once

#include <string>

#include "app/config/config.h"

namespace roomlog {

// One line a setting, `name = value  # where from`; secrets say only whether they are set.
std::string config_as_text(const config& effective);
// An array of {"name","value","source","default"}; a secret's value is null or "(hidden)".
std::string config_as_json(const config& effective);
// A TOML file with every setting, commented out, at its default.
std::string default_config_file();
// The same as an array of {"name","kind","default","range","flag","environment","help"}.
std::string settings_as_json();
// docs/configuration.md.
std::string settings_as_markdown();

}  // namespace roomlog
