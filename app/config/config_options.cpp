#include "app/config/config_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <iostream>

#include "app/config/config_environment.h"
#include "app/config/config_loader.h"
#include "app/config/setting_value.h"

namespace roomlog {
namespace {

std::string flag_help(const setting& s) {
  std::string out(s.help);
  const std::string standard = default_text(s);
  if (standard != "0" && !standard.empty()) out += " Default " + standard + ".";
  return out;
}

void say_ignored(const std::vector<std::string>& variables) {
  if (variables.empty()) return;
  std::cerr
      << "roomlog: note: ignored in the environment, since Kubernetes sets such variables for "
         "a Service:";
  for (const std::string& name : variables) std::cerr << ' ' << name;
  std::cerr << '\n';
}

}  // namespace

struct config_options::state {
  struct named_flag {
    const setting* what;
    std::string value;
    CLI::Option* option = nullptr;
  };
  std::string file;
  std::deque<named_flag> flags;  // stays where it is while options point into it
  std::vector<std::string> sets;
};

config_options::config_options() : state_(std::make_unique<state>()) {}
config_options::~config_options() = default;

void config_options::add_to(CLI::App& command, std::span<const std::string_view> names) {
  command.add_option("--config", state_->file, "Settings in TOML (see `roomlog config default`).")
      ->type_name("FILE");
  for (const setting& s : all_settings()) {
    const bool wanted = names.empty() || std::ranges::find(names, s.name) != names.end();
    if (s.flag.empty() || !wanted) continue;
    auto& flag = state_->flags.emplace_back(state::named_flag{&s, {}, nullptr});
    if (s.kind == setting_kind::boolean) {  // bare, or with =true, =false
      flag.option = command.add_flag(std::string(s.flag), flag.value, flag_help(s));
      continue;
    }
    flag.option = command.add_option(std::string(s.flag), flag.value, flag_help(s));
    flag.option->type_name(s.kind == setting_kind::path ? "DIR" : "VALUE");
  }
  command
      .add_option("--set", state_->sets,
                  "Any setting, as in --set limits.user_per_second=0; may be given again.")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
}

result<effective_config> config_options::load() const {
  config_sources sources;
  sources.file = state_->file;
  sources.environment = process_environment();
  for (const auto& flag : state_->flags) {
    if (flag.option->count() == 0) continue;
    sources.flags.push_back(
        {std::string(flag.what->flag), std::string(flag.what->name), flag.value});
  }
  for (const std::string& pair : state_->sets) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      return error{errc::invalid, "flag --set " + pair + ": must be NAME=VALUE"};
    }
    sources.flags.push_back({"--set", pair.substr(0, equals), pair.substr(equals + 1)});
  }
  auto loaded = load_config(sources);
  if (loaded) say_ignored(loaded->ignored);
  return loaded;
}

}  // namespace roomlog
