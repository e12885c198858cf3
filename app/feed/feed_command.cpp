#include "app/feed/feed_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/feed/feed.h"

namespace roomlog {
namespace {

struct arguments {
  feed_options feed;
  std::string rate = "max";
  std::vector<std::string> files;
  std::string data = "data", key_file;
  std::uint32_t give_up_seconds = 600;
  bool unordered = false;
};

exit_code usage(const std::string& text) {
  std::cerr << "roomlog feed: " << text << "\nTry `roomlog feed --help`.\n";
  return exit_code::usage;
}

// "max" or messages a second.
bool take_rate(const std::string& text, std::uint32_t& rate) {
  rate = 0;
  if (text == "max") return true;
  if (text.empty() || text.size() > 7 || text.find_first_not_of("0123456789") != text.npos) {
    return false;
  }
  rate = static_cast<std::uint32_t>(std::stoul(text));
  return rate > 0;
}

exit_code run(arguments& given) {
  if (given.files.empty()) return usage("at least one FILE is required");
  if (!take_rate(given.rate, given.feed.rate_per_second)) {
    return usage("--rate " + given.rate +
                 ": must be max, or a number of messages a second from 1 on");
  }
  feed_options& feed = given.feed;
  feed.files.assign(given.files.begin(), given.files.end());
  feed.data_dir = given.data;
  feed.key_file = given.key_file;
  feed.give_up = std::chrono::seconds(given.give_up_seconds);
  feed.order = given.unordered ? feed_order::of_each_nick : feed_order::of_the_file;
  feed.progress = isatty(STDERR_FILENO) == 1;
  return run_feed(feed, std::cout, std::cerr);
}

}  // namespace

void add_feed_command(CLI::App& root, command_choice& choice) {
  CLI::App* command = root.add_subcommand(
      "feed",
      "Send IRC day logs to a server, as the people who wrote them. What is sent follows from the "
      "files alone: run twice, the second run is all duplicates.");
  const auto given = std::make_shared<arguments>();
  feed_options& feed = given->feed;
  command->add_option("files", given->files, "Day logs, one event a line, in the order to be sent.")
      ->type_name("FILE");
  command->add_option("--url", feed.url, "Where the server is.")->capture_default_str();
  command->add_option("--data", given->data, "Data directory whose key signs the tokens.")
      ->capture_default_str()
      ->type_name("DIR");
  command
      ->add_option("--key-file", given->key_file,
                   "Key that signs the tokens instead: a secret or a JWK.")
      ->type_name("FILE");
  command->add_option("--room", feed.room, "Room; made, public, if it is not there.")
      ->capture_default_str();
  command->add_option("--tenant", feed.tenant, "Tenant.")->capture_default_str();
  command->add_option("--owner", feed.owner, "User who makes the room.")->capture_default_str();
  command->add_option("--rate", given->rate, "Messages a second, or max.")->capture_default_str();
  command
      ->add_option("--connections", feed.connections_max,
                   "Connections at a time; the least recently used one makes room.")
      ->capture_default_str()
      ->check(CLI::Range(1, 60000));
  command->add_option("--window", feed.window, "Commands that one nick sends ahead.")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_flag(
      "--unordered", given->unordered,
      "Nicks do not wait for each other: faster, and the order between them is lost.");
  command
      ->add_option("--give-up", given->give_up_seconds,
                   "Seconds without any answer after which it ends; 0: never.")
      ->capture_default_str();
  command->add_flag("--json", feed.json, "The summary as JSON.");
  command->callback([given, &choice] { choice.run = [given] { return run(*given); }; });
}

}  // namespace roomlog
