// Whether the checkpoints of one partition belong to its log, and whether the log still has what
// comes after them.
#pragma once

#include <string_view>
#include <vector>

#include "log/log.h"
#include "projections/fold/fold_records.h"

namespace roomlog {

struct view_checkpoint {
  std::string_view view;
  offset next;
};

// How a log is read: waiting for its storage or not.
using read_function = decltype(&log::read);

// False: the record to compare with is on its way. errc::damaged says what does not fit;
// errc::timeout, errc::unavailable: the log does not answer.
result<bool> fits_log(log& events, partition_id partition, const partition_state& fold,
                      const std::vector<view_checkpoint>& views, read_function how);

}  // namespace roomlog
