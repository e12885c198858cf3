// How the program ends. Scripts rely on these numbers.
#pragma once

#include "log/base/result.h"

namespace roomlog {

enum class exit_code : int {
  done = 0,
  failed = 1,         // the work was begun and could not be finished
  usage = 2,          // the command line is wrong
  configuration = 3,  // a setting is wrong, or does not go with what is on disk
  unavailable = 4,    // something that is needed is not there now: in use, not reachable
  damage = 5,         // stored bytes are not what they were
};

// What a refusal to start means for whoever started it.
inline exit_code exit_code_of(errc code) {
  switch (code) {
    case errc::damaged:
    case errc::malformed:
      return exit_code::damage;
    case errc::mismatch:
    case errc::invalid:
      return exit_code::configuration;
    case errc::in_use:
    case errc::unavailable:
    case errc::timeout:
    case errc::closed:
    case errc::full:
    case errc::not_found:
      return exit_code::unavailable;
    case errc::unknown_outcome:
    case errc::out_of_range:
    case errc::unsupported:
    case errc::io:
      return exit_code::failed;
  }
  return exit_code::failed;
}

}  // namespace roomlog
