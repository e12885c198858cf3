#include "app/commands/version_command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "log/identity.h"
#include "schemas/records/event.h"
#include "schemas/text/json_writer.h"

namespace roomlog {

std::string version_json() {
  std::string out;
  json_object object(out);
  object.field("name", "roomlog");
  object.field("version", ROOMLOG_VERSION);
  object.field("log_format", std::uint64_t{format_version_current});
  object.field("schema", std::uint64_t{schema_version_current});
  object.field("protocol", "roomlog.v1");
  object.close();
  return out;
}

void add_version_command(CLI::App& root, command_choice& choice) {
  CLI::App* command = root.add_subcommand("version", "Print the version.");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "JSON on stdout.");
  command->callback([json, &choice] {
    choice.run = [json] {
      std::cout << (*json ? version_json() : "roomlog " ROOMLOG_VERSION) << '\n';
      return exit_code::done;
    };
  });
}

}  // namespace roomlog
