// What the readers of stored keys throw.
#pragma once

#include <stdexcept>

#include "log/base/result.h"

namespace roomlog {

// The storage refused, its checksum failed, or what it gave is no value of ours. Thrown by get,
// scan and read and by the decoders of values, because no caller on the way can go on; caught once
// per thread, and where an answer can say so.
class store_error : public std::runtime_error {
 public:
  enum class lasts : bool { no, yes };

  explicit store_error(const std::string& what, lasts lasting = lasts::yes)
      : std::runtime_error(what), lasting_(lasting) {}

  // True where the store is whole and only the system had nothing to give (a descriptor, memory):
  // the same call may succeed later. Anything else is taken for damage.
  bool may_pass() const { return lasting_ == lasts::no; }

  // What a reader is answered: errc::unavailable, or errc::damaged.
  error as_answer() const { return {may_pass() ? errc::unavailable : errc::damaged, what()}; }

 private:
  lasts lasting_;
};

}  // namespace roomlog
