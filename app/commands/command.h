// What a command of the command line is: a file <name>_command.{h,cpp} with one function
// `void add_<name>_command(CLI::App& root, command_choice& choice)`, listed in command_line.cpp. It
// adds a subcommand with its options, and in the subcommand's callback sets `choice.run`; nothing
// happens before the whole command line was read.
//
// Data goes to std::cout, messages to std::cerr; main() notices where data could not be written
// (app/commands/standard_streams.h). run() returns the exit code and throws nothing but std::exception
// (printed by main, exit code 1).
#pragma once

#include <functional>

#include "app/commands/exit_code.h"

namespace CLI {
class App;
}

namespace roomlog {

struct command_choice {
  std::function<exit_code()> run;
};

}  // namespace roomlog
