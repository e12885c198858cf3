// The effective configuration: defaults < file < environment < flags.
//
//   defaults ──► roomlog.toml ──► ROOMLOG_LIMITS__USER_PER_SECOND=0 ──► --listen, --set name=value
//
// Every error says which setting, which value, where.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/config/effective_config.h"
#include "log/base/result.h"

namespace roomlog {

// Where settings are looked for.
struct config_sources {
  std::filesystem::path file;                                    // TOML; empty: none
  std::vector<std::pair<std::string, std::string>> environment;  // name, value; all of it
  struct flag {
    std::string spelled;  // "--listen", as it was written
    std::string name;     // "server.listen"
    std::string value;
  };
  std::vector<flag> flags;
};

// errc::invalid with one line for every problem found; errc::not_found where the file is missing.
result<effective_config> load_config(const config_sources& sources);

}  // namespace roomlog
