#include <sys/stat.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/commands/command_line.h"
#include "app/commands/standard_streams.h"

namespace {

roomlog::exit_code run(const std::vector<std::string>& arguments) {
  try {
    return roomlog::run_command_line(arguments);
  } catch (const std::exception& e) {
    std::cerr << "roomlog: " << e.what() << '\n';
    return roomlog::exit_code::failed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  roomlog::hold_standard_descriptors();
  ::umask(077);                // whatever a command leaves on a disk is its user's alone
  ::signal(SIGPIPE, SIG_IGN);  // a peer or reader that has gone is an error of the write
  roomlog::standard_output out;
  return static_cast<int>(out.finish(run({argv + 1, argv + argc})));
}
