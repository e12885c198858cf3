#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/command_line.h"

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto ended = roomlog::run_command_line(arguments);
    std::cout.flush();
    return static_cast<int>(ended);
  } catch (const std::exception& e) {
    std::cerr << "roomlog: " << e.what() << '\n';
    return static_cast<int>(roomlog::exit_code::failed);
  }
}
