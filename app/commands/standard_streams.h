// The descriptors 0, 1 and 2 that every program is given, and what becomes of output that cannot be
// written. Commands write data to std::cout and messages to std::cerr; that a disk is full or a
// pipe has no reader is noticed here, for all of them.
#pragma once

#include <array>
#include <streambuf>

#include "app/commands/exit_code.h"

namespace roomlog {

// Opens /dev/null in the place of each of the three that is closed, or the first files and sockets
// of the process would get their numbers and everything that is printed would go into them. A
// closed stdout gets it for reading only, so that writes fail and are noticed. To be called before
// anything is opened.
void hold_standard_descriptors();

// Stands behind std::cout as long as it lives; made once, by main(). One thread.
//
// After the first write that fails std::cout is bad and drops what follows: a command that prints
// much looks at std::cout.good() and ends early.
class standard_output : private std::streambuf {
 public:
  standard_output();
  ~standard_output() override;
  standard_output(const standard_output&) = delete;
  standard_output& operator=(const standard_output&) = delete;

  // Writes what is left. Where output was lost, `done` becomes `failed`, with a line on stderr; not
  // where the reader of a pipe has ended: it has what it wanted.
  exit_code finish(exit_code ended);

 private:
  int_type overflow(int_type c) override;
  int sync() override;

  std::array<char, 64 * 1024> bytes_;
  std::streambuf* const before_;
  int failed_ = 0;  // errno of the first write that failed
};

}  // namespace roomlog
