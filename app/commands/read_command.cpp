#include "app/commands/read_command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands/serve_options.h"
#include "app/config/config_options.h"
#include "log/base/clock.h"
#include "log/base/diagnostics.h"
#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"
#include "log/partitioner.h"
#include "replay/read_log.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

struct read_arguments {
  config_options options;
  std::string room, tenant = "default";
  std::optional<std::uint32_t> partition;
  std::string from = "start", until;
  bool decisions = false;
  bool json = true;
};

exit_code usage(const std::string& text) {
  std::cerr << "roomlog read: " << text << "\nTry `roomlog read --help`.\n";
  return exit_code::usage;
}

exit_code refuse(const error& e) {
  diagnostics::flush();
  std::cerr << "roomlog read: " << e.text << '\n';
  return exit_code_of(e.code);
}

result<read_range> range_of(const read_arguments& given) {
  read_range out;
  auto from = parse_read_position(given.from);
  if (!from) return error{errc::invalid, "--from: " + from.error().text};
  out.from = *from;
  if (!given.until.empty()) {
    auto until = parse_read_position(given.until);
    if (!until) return error{errc::invalid, "--until: " + until.error().text};
    out.until = *until;
  }
  if ((out.from.number || out.until.number) && given.room.empty() && !given.partition) {
    return error{errc::invalid, "a number is a seq with --room or an offset with --partition"};
  }
  return out;
}

// Empty output alone could be a wrong name as well as an empty range.
void say_nothing_found(const read_arguments& given) {
  std::cerr << "roomlog read: nothing was found";
  if (!given.room.empty()) std::cerr << " in room " << given.room << ", tenant " << given.tenant;
  std::cerr << '\n';
}

exit_code read_opened(log& events, const read_arguments& given, read_request wanted) {
  if (!given.room.empty()) {
    wanted.room_key = given.tenant + "/" + given.room;
    wanted.partition = partition_of(wanted.room_key, events.partitions());
  }
  if (wanted.partition && wanted.partition->value >= events.partitions()) {
    return usage("--partition " + std::to_string(wanted.partition->value) + ": the log has " +
                 std::to_string(events.partitions()) + ", numbered from 0");
  }
  const bool folds = given.decisions || !given.room.empty();
  bool found = false;
  const auto print = [&](std::string_view lines) {
    found = found || !lines.empty();
    std::cout << lines << std::flush;
    return std::cout.good();
  };
  const auto said =
      folds ? read_decided(events, wanted, print) : read_records(events, wanted, print);
  if (!said) return refuse(said.error());
  if (!found) say_nothing_found(given);
  return exit_code::done;
}

// Where brokers are named, the log is there.
result<std::unique_ptr<log>> open_log(const config& from, const clock_source& clock) {
  if (!from.kafka.brokers.empty()) {
    return open_kafka_log_for_reading(kafka_log_options_of(from), descriptor_codec(), clock);
  }
  return open_embedded_log_for_reading(from.data.dir / "log", descriptor_codec(), clock);
}

exit_code read(const read_arguments& given) {
  auto range = range_of(given);
  if (!range) return usage(range.error().text);
  auto loaded = given.options.load();
  if (!loaded) {
    std::cerr << loaded.error().text << '\n';
    return exit_code::configuration;
  }
  diagnostics::configure(diagnostics::level::warn, diagnostics::format::text);
  const system_clock_source clock;
  auto events = open_log(loaded->values, clock);
  if (!events) return refuse(events.error());
  read_request wanted;
  wanted.decisions = given.decisions;
  wanted.range = *range;
  if (given.partition) wanted.partition = partition_id{*given.partition};
  return read_opened(**events, given, std::move(wanted));
}

}  // namespace

void add_read_command(CLI::App& root, command_choice& choice) {
  CLI::App* command =
      root.add_subcommand("read", "Print what is in the log, one JSON object a line.");
  command->footer(
      "Without --decisions: the records as they lie in the log, or with --room what was accepted\n"
      "in that room, as clients see it. With --decisions: every record and what the fold said of "
      "it.\n"
      "Positions are `start`, a number (a seq with --room, an offset with --partition) or @TIME;\n"
      "--from is the first that is shown, --until the first that is not.\n"
      "\n"
      "examples:\n"
      "  roomlog read --data ./data --room general\n"
      "  roomlog read --data ./data --room general --from 40 --until 50 --decisions\n"
      "  roomlog read --kafka 127.0.0.1:9092 --room general\n"
      "  roomlog read --data ./data --partition 0 --from @2026-03-01T09:00:00Z");
  const auto given = std::make_shared<read_arguments>();
  static constexpr std::string_view flags[] = {"data.dir", "kafka.brokers"};
  given->options.add_to(*command, flags);
  CLI::Option* room = command->add_option("--room", given->room, "Only this room.");
  command->add_option("--tenant", given->tenant, "The room's tenant. Default default.");
  command->add_option("--partition", given->partition, "Only this partition.")->excludes(room);
  command->add_option("--from", given->from, "Where to begin. Default start.");
  command->add_option("--until", given->until, "Where to end.");
  command->add_flag("--decisions", given->decisions, "With the fold's verdicts.");
  command->add_flag("--json", given->json, "JSON on stdout, as always.");
  command->callback([given, &choice] { choice.run = [given] { return read(*given); }; });
}

}  // namespace roomlog
