// What the readers of stored keys throw.
#pragma once

#include <stdexcept>

namespace roomlog {

// The storage refused, its checksum failed, or what it gave is no value of ours. Thrown by get,
// scan and read and by the decoders of values, because no caller on the way can go on; caught once
// per thread, and where an answer can say so.
class store_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace roomlog
