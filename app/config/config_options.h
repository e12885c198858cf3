// The options by which every command that needs the configuration is given it: --config FILE,
// --set section.key=value, and the flags that the table of settings names.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "app/config/effective_config.h"
#include "log/base/result.h"

namespace CLI {
class App;
}

namespace roomlog {

// Filled while the command line is read; load() afterwards. One thread.
class config_options {
 public:
  config_options();
  ~config_options();
  config_options(const config_options&) = delete;
  config_options& operator=(const config_options&) = delete;

  // Adds --config, --set and the flags of the settings named in `names`, all of them where it is
  // empty. `this` must outlive the parsing.
  void add_to(CLI::App& command, std::span<const std::string_view> names = {});
  // With the environment of this process. Variables of it that were ignored are named on stderr.
  result<effective_config> load() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace roomlog
