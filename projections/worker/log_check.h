// Whether the checkpoint of one partition's fold belongs to its log, and whether the log still has
// what comes after it. Those of views are not looked at: one that cannot come up costs no more than
// its reads (partition_views::give_up_below).
#pragma once

#include "log/log.h"
#include "projections/fold/fold_records.h"

namespace roomlog {

// How a log is read: waiting for its storage or not.
using read_function = decltype(&log::read);

// False: the record to compare with is on its way. errc::damaged says what does not fit;
// errc::timeout, errc::unavailable: the log does not answer.
result<bool> fits_log(log& events, partition_id partition, const partition_state& fold,
                      read_function how);

}  // namespace roomlog
