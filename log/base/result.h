// How expected trouble is returned: result<T>, with one enumeration of errors for the whole program
// and a text that names the place. Library codes are translated where the library is seen.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace roomlog {

enum class errc {
  // From 1 on: the error of a success is value-made, and so has none of these codes.
  closed = 1,       // the object was closed; nothing happened
  full,             // a bounded queue is full; nothing happened, try again later
  unavailable,      // stopped for good after an error; nothing happened
  unknown_outcome,  // it may or may not have happened
  not_found,
  out_of_range,  // a position below the start or beyond the end
  invalid,       // the input breaks a rule
  malformed,     // bytes that are no valid encoding
  damaged,       // stored bytes that were valid once and are not any more, or are missing
  mismatch,      // the store was made with another setting (partitions, format version, epoch)
  in_use,        // another process holds it
  io,            // the system or a library refused; the text says which
  timeout,
  unsupported,  // this implementation cannot do it; nothing happened
};

// Name of the code, in lower case with underscores.
const char* to_string(errc code) noexcept;

// An error with a text for people. The text names the setting, the limit, the path or the offset.
struct error {
  errc code;
  std::string text;
};

[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location&);

// boost::system::result is not [[nodiscard]]; this is. `return error{errc::full, "…"};` converts.
template <class T = void>
class [[nodiscard]] result : public boost::system::result<T, error> {
 public:
  using boost::system::result<T, error>::result;
};

}  // namespace roomlog
