// Records of known offsets, taken from the log: one sequential read where they lie near each other,
// a new one where they lie far apart.
//
//   wanted   .w.ww.w..................................................w.....
//   reads     [64 KiB → ……… → on while the next is near]              [1 record]
#pragma once

#include <memory>

#include "log/log.h"

namespace roomlog {

// Two wanted records with more than this between them are read apart.
constexpr std::uint64_t near_offsets = 64;

inline bool is_near(offset at, offset next_wanted) {
  return next_wanted.value <= at.value + near_offsets;
}

// One thread; `events` outlives it.
class log_page {
 public:
  log_page(log& events, partition_id partition) : events_(events), partition_(partition) {}

  // The record at `at`, valid until the next call; offsets grow from call to call. `run`: a record
  // near behind it will be asked for.
  //   errc::out_of_range  the log's start has moved beyond it
  //   errc::damaged       the log has no such record
  //   errc::timeout, errc::unavailable  the log does not answer
  result<record_view> record(offset at, bool run);

 private:
  result<> read(offset from, std::size_t bytes_max);

  log& events_;
  const partition_id partition_;
  std::shared_ptr<const record_batch> batch_;
};

}  // namespace roomlog
