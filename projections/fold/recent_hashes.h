// H of a partition at the offsets decided lately, so that a seal can be compared though other
// records came between what it covers and itself. In memory only: after a restart it begins at the
// checkpoint. An older seal is not compared then, unless it is the one that stopped the partition
// (partition_state::refused_seal); the next one is, and H covers everything before.
#pragma once

#include <optional>
#include <vector>

#include "log/base/types.h"
#include "projections/fold/hash128.h"

namespace roomlog {

class recent_hashes {
 public:
  static constexpr std::size_t kept_max = 1024;

  // H once everything below `next` was decided; `next` grows from call to call.
  void note(offset next, const hash128& h) {
    newest_ = (newest_ + 1) % kept_max;
    if (newest_ == kept_.size()) kept_.emplace_back();
    kept_[newest_] = {next, h};
  }
  // H of everything below `upto`; nothing where that is forgotten.
  std::optional<hash128> at(offset upto) const;

 private:
  struct noted {
    offset next;
    hash128 h;
  };
  std::vector<noted> kept_;  // a ring once it is full
  std::size_t newest_ = kept_max - 1;
};

}  // namespace roomlog
