#include "app/commands/config_command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/config/config_options.h"
#include "app/config/config_text.h"
#include "app/config/settings_text.h"
#include "app/serve/server_rules.h"

namespace roomlog {
namespace {

struct config_arguments {
  config_options options;
  bool json = false;
};

exit_code refuse(const error& e) {
  std::cerr << e.text << '\n';
  return exit_code::configuration;
}

exit_code show(const config_arguments& given) {
  auto loaded = given.options.load();
  if (!loaded) return refuse(loaded.error());
  std::cout << (given.json ? config_as_json(*loaded) : config_as_text(*loaded));
  return exit_code::done;
}

exit_code check(const config_arguments& given) {
  auto loaded = given.options.load();
  if (!loaded) return refuse(loaded.error());
  if (auto fits = check_for_server(*loaded); !fits) return refuse(fits.error());
  std::cout << (given.json ? "{\"ok\":true}" : "ok") << '\n';
  return exit_code::done;
}

CLI::App* add(CLI::App& parent, const char* name, const char* about,
              const std::shared_ptr<config_arguments>& given) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->add_flag("--json", given->json, "JSON on stdout.");
  return command;
}

}  // namespace

void add_config_command(CLI::App& root, command_choice& choice) {
  CLI::App* group = root.add_subcommand("config", "Show, check and explain settings.");
  group->require_subcommand(1);
  group->footer(
      "examples:\n"
      "  roomlog config default > roomlog.toml\n"
      "  roomlog config check --config roomlog.toml\n"
      "  ROOMLOG_LIMITS__USER_PER_SECOND=0 roomlog config show | grep user_per");

  const auto given = std::make_shared<config_arguments>();
  CLI::App* shown = add(*group, "show", "What is in force, and where each value came from.", given);
  given->options.add_to(*shown);
  shown->callback([=, &choice] { choice.run = [=] { return show(*given); }; });

  const auto checked = std::make_shared<config_arguments>();
  CLI::App* checking =
      add(*group, "check", "Exit code 0, or 3 and one line for each mistake.", checked);
  checked->options.add_to(*checking);
  checking->callback([=, &choice] { choice.run = [=] { return check(*checked); }; });

  const auto plain = std::make_shared<config_arguments>();
  add(*group, "default", "A TOML file with every setting at its default.", plain)
      ->callback([=, &choice] {
        choice.run = [=] {
          std::cout << (plain->json ? settings_as_json() : default_config_file());
          return exit_code::done;
        };
      });
  add(*group, "reference", "docs/configuration.md, written from the same table.", plain)
      ->callback([=, &choice] {
        choice.run = [=] {
          std::cout << (plain->json ? settings_as_json() : settings_as_markdown());
          return exit_code::done;
        };
      });
}

}  // namespace roomlog
