#include "app/commands/doctor_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "app/commands/doctor.h"
#include "app/config/config_options.h"
#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

struct doctor_arguments {
  config_options options;
  bool json = false;
};

// With --kafka alone the cluster is what is asked about, from wherever that is.
bool asks_for_cluster_only(const config& given) {
  return given.log.engine != log_engine::kafka && !given.kafka.brokers.empty();
}

void print(const diagnosis& found, bool json) {
  if (!json) {
    std::cout << as_text(found.findings);
    return;
  }
  std::cout << "{\"ok\":" << (found.ends == exit_code::done ? "true" : "false")
            << ",\"findings\":" << as_json(found.findings) << "}\n";
}

exit_code conclude(const diagnosis& found, bool json) {
  print(found, json);
  std::cout.flush();
  diagnostics::flush();
  std::cerr << (found.ends == exit_code::done ? "roomlog doctor: everything is as required\n"
                                              : "roomlog doctor: a server would not start "
                                                "here, or would not be safe\n");
  return found.ends;
}

exit_code examine(const doctor_arguments& given) {
  auto loaded = given.options.load();
  if (!loaded) {
    std::cerr << loaded.error().text << '\n';
    return exit_code::configuration;
  }
  diagnostics::configure(diagnostics::level::error, diagnostics::format::text);
  diagnosis all;
  if (!asks_for_cluster_only(loaded->values)) all = examine_machine(*loaded);
  if (!loaded->values.kafka.brokers.empty()) {
    auto cluster = examine_cluster(loaded->values);
    if (!cluster) {
      print(all, given.json);
      diagnostics::flush();
      std::cerr << "roomlog doctor: " << cluster.error().text << '\n';
      return exit_code_of(cluster.error().code);
    }
    std::ranges::move(cluster->findings, std::back_inserter(all.findings));
    // Damage, then what a person has to mend, then what may come by itself.
    const bool is_judged = all.ends == exit_code::damage || all.ends == exit_code::configuration;
    if (!is_judged) all.ends = cluster->ends;
  }
  return conclude(all, given.json);
}

}  // namespace

void add_doctor_command(CLI::App& root, command_choice& choice) {
  CLI::App* command = root.add_subcommand(
      "doctor", "Compare machine, settings and Kafka with what is needed, and say what mends it.");
  command->footer(
      "Changes nothing. Exit code 0 where a server would start and keep its promises, 3 where\n"
      "something is wrong or unsafe, 4 where a topic is missing or no broker answers, 5 where the\n"
      "log is damaged.\n"
      "\n"
      "examples:\n"
      "  roomlog doctor --data ./data\n"
      "  roomlog doctor --config /etc/roomlog/roomlog.toml\n"
      "  roomlog doctor --kafka kafka-1:9092,kafka-2:9092 --json");
  const auto given = std::make_shared<doctor_arguments>();
  static constexpr std::string_view flags[] = {"data.dir", "log.engine", "kafka.brokers",
                                               "kafka.allow_unsafe_topic", "log.partitions"};
  given->options.add_to(*command, flags);
  command->add_flag("--json", given->json, "JSON on stdout.");
  command->callback([given, &choice] { choice.run = [given] { return examine(*given); }; });
}

}  // namespace roomlog
