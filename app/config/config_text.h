// An effective configuration as people and machines read it.
#pragma once

#include <string>

#include "app/config/effective_config.h"
#include "app/config/settings.h"

namespace roomlog {

// One line a setting, `name = value  # where from`; secrets say only whether they are set.
std::string config_as_text(const effective_config& effective);
// An array of {"name","value","source","default"}; a secret's value is empty or "(hidden)".
std::string config_as_json(const effective_config& effective);

// A setting's text as a value in TOML: numbers and truths bare, lists as arrays, everything else a
// string.
std::string toml_value(const setting& what, std::string_view text);

}  // namespace roomlog
