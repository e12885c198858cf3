// The table of settings as people and machines read it.
#pragma once

#include <string>

namespace roomlog {

// A TOML file with every setting, commented out, at its default.
std::string default_config_file();
// The same as an array of {"name","kind","default","range","flag","environment","help"}.
std::string settings_as_json();
// docs/configuration.md.
std::string settings_as_markdown();

}  // namespace roomlog
