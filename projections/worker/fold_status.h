// What the workers of a fold service say of themselves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

// How far a view of a partition is behind the partition's fold.
struct view_status {
  std::string_view name;
  offset position, committed;
  bool level = false;  // reads come from it; until then from the log
};

// What a partition's worker is doing, for readiness and metrics.
struct fold_status {
  partition_id partition;
  offset position, committed, log_end;
  std::string stopped;  // empty while running; else why it stopped for good (damage), and where
  std::string waiting;  // empty while the log can be read; else why not, and it is tried again
  std::string unsaved;  // empty while the state store works; else why not, and it is tried again
  std::string views_stopped;  // empty, or which views cannot come up any more, and why
  std::uint64_t accepted = 0, duplicates = 0, rejected = 0, ignored = 0;  // since start
  std::size_t questions = 0;   // that wait for the fold to come to an offset
  std::uint64_t given_up = 0;  // of them, after wait_max
  std::vector<view_status> views;
};

}  // namespace roomlog
