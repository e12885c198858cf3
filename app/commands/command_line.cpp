#include "app/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <vector>

#include "app/commands/command.h"
#include "app/commands/config_command.h"
#include "app/commands/doctor_command.h"
#include "app/commands/read_command.h"
#include "app/commands/serve_command.h"
#include "app/commands/token_command.h"
#include "app/commands/topics_command.h"
#include "app/commands/version_command.h"
#include "app/config/nearest_name.h"
#include "app/feed/feed_command.h"

namespace roomlog {
namespace {

constexpr const char* about =
    "A chat backend whose only source of truth is a log: nothing acknowledged is ever lost,\n"
    "doubled or reordered.";

constexpr const char* epilogue =
    "examples:\n"
    "  roomlog serve --data ./data\n"
    "  roomlog token --user ann --name Ann --data ./data\n"
    "  roomlog feed --data ./data --room ubuntu 2004-12-25.log\n"
    "  roomlog read --data ./data --room general\n"
    "  roomlog doctor --data ./data\n"
    "\n"
    "exit codes:\n"
    "  0 done   1 failed   2 usage   3 configuration   4 unavailable   5 damage found\n"
    "\n"
    "Data goes to stdout, talk to stderr. `roomlog COMMAND --help` says more about each.";

// Commands in the order in which --help shows them.
void add_commands(CLI::App& root, command_choice& choice) {
  add_serve_command(root, choice);
  add_token_command(root, choice);
  add_feed_command(root, choice);
  add_read_command(root, choice);
  add_topics_command(root, choice);
  add_doctor_command(root, choice);
  add_config_command(root, choice);
  add_version_command(root, choice);
}

std::vector<std::string> command_names(const CLI::App& root) {
  std::vector<std::string> names;
  for (const CLI::App* sub : root.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

std::string unknown_command(std::span<const std::string> names, const std::string& given) {
  std::string text = "roomlog: no such command: " + given + "\nThe commands are: ";
  for (const std::string& name : names) text += (name == names.front() ? "" : ", ") + name;
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (const auto nearest = nearest_name(given, views)) {
    text += ". The nearest is " + std::string(*nearest);
  }
  return text + ".\n";
}

// Anything but a request for help is a usage error, whatever CLI11 numbers it.
exit_code explain(const CLI::App& root, const CLI::ParseError& e,
                  std::span<const std::string> arguments) {
  if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    (void)root.exit(e, std::cout, std::cerr);  // prints the help; its number says nothing more
    return exit_code::done;
  }
  const bool has_command = !arguments.empty() && !arguments.front().starts_with('-');
  const auto names = command_names(root);
  if (has_command && std::ranges::find(names, arguments.front()) == names.end()) {
    std::cerr << unknown_command(names, arguments.front());
  } else {
    std::cerr << "roomlog: " << e.what() << "\nTry `roomlog "
              << (has_command ? arguments.front() + " " : "") << "--help`.\n";
  }
  return exit_code::usage;
}

}  // namespace

exit_code run_command_line(std::span<const std::string> arguments) {
  CLI::App root(about, "roomlog");
  root.footer(epilogue);
  root.require_subcommand(1);
  root.set_version_flag("--version", "roomlog " ROOMLOG_VERSION);
  command_choice choice;
  add_commands(root, choice);
  try {
    // CLI11 takes the last argument first.
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& e) {
    return explain(root, e, arguments);
  }
  return choice.run();
}

}  // namespace roomlog
