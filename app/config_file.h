// A TOML file as a flat list of settings with their lines. What the names and values mean is
// checked by whoever asked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "log/result.h"

namespace roomlog {

struct config_file_entry {
  std::string name;   // section.key
  std::string value;  // strings without their quotes, numbers and booleans as written
  std::uint32_t line = 0;
  bool is_value = true;  // false: a table, an array or a time stands where a value should
  // An array of strings and numbers, joined with commas in `value`; is_value is false then.
  bool is_list = false;
};

// In the order of the lines. errc::not_found, errc::io; errc::invalid with file:line for what is no
// TOML.
result<std::vector<config_file_entry>> read_config_file(const std::filesystem::path& path);

}  // namespace roomlog
