// Looks at what one process publishes: each partition in order, no record twice or left out, and
// each verdict as the oracle says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "projections/fold/decided.h"
#include "tests/sim/oracle.h"

namespace roomlog::sim {

class batch_check {
 public:
  batch_check(const oracle& judge, std::uint32_t partitions) : judge_(judge), next_(partitions) {}
  // Called within a step of the fold, which takes an exception for a fault of its store: what is
  // wrong is kept for check().
  void take(const decided_batch& batch) noexcept;
  // Throws a violation where something was wrong.
  void check() const;

 private:
  void compare(const decided_batch& batch);

  const oracle& judge_;
  std::string problem_;
  std::vector<std::optional<offset>> next_;  // nothing: no batch came yet
};

}  // namespace roomlog::sim
