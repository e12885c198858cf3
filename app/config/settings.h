// Every setting there is, by section in settings_*.cpp. The file, the environment, flags,
// `config show|check|default` and docs/configuration.md all follow from this one table; a setting
// that is not here does not exist. Defaults are those of the members in `config`.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config/endpoint.h"
#include "app/config/written_values.h"

namespace roomlog {

struct config;

enum class setting_kind : std::uint8_t {
  text,
  path,      // relative to the working directory; empty: none
  endpoint,  // HOST:PORT, [IPV6]:PORT
  choice,    // one of `choices`; an enumeration in `config`, with its values in that order
  integer,   // min … max
  bytes,     // min … max; written with a unit
  duration,  // min … max in milliseconds; written with a unit
  boolean,
  list,       // some of `choices`, separated by commas; an array in the file
  ranges,     // numbers and ranges of them, as in 0-3,7; an array in the file
  addresses,  // internet addresses and networks (10.0.0.0/8); an array in the file
  secret,     // never shown; `<name>_file` names a file that holds it
};

// text, path and secret are strings; integer, bytes, duration (ms) and choice (its place among
// `choices`) are numbers.
using setting_value =
    std::variant<std::string, std::int64_t, bool, endpoint, std::vector<std::string>,
                 std::vector<number_range>, std::vector<network>>;

struct setting {
  std::string_view name;  // section.key; in `config` the member has the same name
  setting_value (*read)(const config& from) = nullptr;
  void (*write)(config& to, const setting_value& value) = nullptr;  // a value of its kind
  setting_kind kind{};
  std::string_view help;  // one or two sentences; says what 0 or empty means
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::string_view choices = {};  // separated by spaces
  std::string_view flag = {};     // "--listen", where the setting has a flag of its own
};

// In the order in which they are shown; the settings of a section stand together.
std::span<const setting> all_settings();
// Null when there is none of that name.
const setting* find_setting(std::string_view name);

struct setting_section {
  std::string_view name;
  std::string_view help;
};
std::span<const setting_section> all_sections();

// The one table whose names are not ours: they are passed through (app/config/kafka_properties.h).
const setting_section& property_table();

}  // namespace roomlog
