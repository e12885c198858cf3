// Hands a lane's fences and commands to the log, the commands numbered 1, 2, 3 … under one
// incarnation.
//
// Not thread-safe: belongs to the lane's lock, so that numbers and records keep one order.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ingress/append_reports.h"
#include "ingress/lane_context.h"
#include "ingress/lane_fence.h"
#include "ingress/pending_set.h"

namespace roomlog {

class lane_writer {
 public:
  // Outlived by `context`.
  lane_writer(lane_context& context, partition_id partition)
      : context_(context), partition_(partition) {}

  // Numbers begin anew under this fence.
  void begin(const lane_incarnation& taken);
  // The backlog as far as it goes. errc::full and what else log::append() refuses with.
  result<> append_backlog(pending_set& pending);
  result<> append_fence(const lane_incarnation& proposed);
  // Of appends that went wrong since the last call.
  std::vector<append_report> take_reports() { return reports_->take(); }

 private:
  lane_context& context_;
  const partition_id partition_;
  const std::shared_ptr<append_reports> reports_ = std::make_shared<append_reports>();
  lane_incarnation taken_;
  std::uint64_t next_number_ = 1;
};

}  // namespace roomlog
