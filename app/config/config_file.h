// A TOML file as a flat list of what stands in it, with names and lines. What the names and values
// mean is checked by the caller.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "log/base/result.h"

namespace roomlog {

// What a file may hold in one place. Only `value` and, for some settings, `list` are settings; all
// others are there to be refused, with their lines.
enum class config_shape : std::uint8_t {
  value,            // a string, a whole number or a boolean
  list,             // an array of them, none of them empty
  array,            // any other array
  array_of_tables,  // [[name]], or an array with a table in it
  table,            // one that is empty: others are given by what is in them
  fraction,         // a number that is not whole
  time,             // a date or a time
};
const char* to_string(config_shape shape) noexcept;  // "an array of tables"

struct config_file_entry {
  std::string name;   // section.key; an empty or unprintable key is quoted as in JSON
  std::string value;  // strings without their quotes, numbers and booleans as written; a list
                      // joined with commas
  std::uint32_t line = 0;
  config_shape shape = config_shape::value;
};

// In the order of the lines. errc::not_found, errc::io; errc::invalid with file:line for what is no
// TOML, and for keys of more parts than anybody can mean.
result<std::vector<config_file_entry>> read_config_file(const std::filesystem::path& path);

}  // namespace roomlog
