#include "log/base/result.h"

namespace roomlog {

const char* to_string(errc code) noexcept {
  switch (code) {
    case errc::closed:
      return "closed";
    case errc::full:
      return "full";
    case errc::unavailable:
      return "unavailable";
    case errc::unknown_outcome:
      return "unknown_outcome";
    case errc::not_found:
      return "not_found";
    case errc::out_of_range:
      return "out_of_range";
    case errc::invalid:
      return "invalid";
    case errc::malformed:
      return "malformed";
    case errc::damaged:
      return "damaged";
    case errc::mismatch:
      return "mismatch";
    case errc::in_use:
      return "in_use";
    case errc::io:
      return "io";
    case errc::timeout:
      return "timeout";
    case errc::unsupported:
      return "unsupported";
  }
  return "unknown";
}

void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw std::runtime_error(std::string(to_string(e.code)) + ": " + e.text);
}

}  // namespace roomlog
