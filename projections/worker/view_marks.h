// How far each view of one partition is, for other threads. Written by the fold's thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <vector>

#include "projections/worker/fold_status.h"
#include "projections/worker/partition_views.h"

namespace roomlog {

class view_marks {
 public:
  // What is committed is level where both stand at one offset.
  view_marks(const std::vector<view_entry>& kept, const partition_views& views, offset fold) {
    for (const view_entry& entry : kept) marks_.emplace_back(entry.id, entry.name);
    note_position(views);
    note_commit(fold);
  }

  void note_position(const partition_views& views) {
    for (std::size_t i = 0; i < marks_.size(); ++i) marks_[i].position = views.next(i).value;
  }
  // Everything up to the noted positions is committed, and the fold up to `fold`. A view that was
  // level once follows every batch.
  void note_commit(offset fold) {
    for (mark& one : marks_) {
      one.committed = one.position.load();
      if (one.position >= fold.value) one.level = true;
    }
  }
  // Whether every commit has this view up to where it has the fold.
  bool is_level(view_id view) const {
    const auto found = std::ranges::find(marks_, view, &mark::id);
    return found != marks_.end() && found->level;
  }
  bool keeps(view_id view) const {
    return std::ranges::find(marks_, view, &mark::id) != marks_.end();
  }
  std::vector<view_status> status() const {
    std::vector<view_status> all;
    for (const mark& one : marks_) {
      all.push_back({one.name, offset{one.position}, offset{one.committed}, one.level});
    }
    return all;
  }

 private:
  struct mark {
    mark(view_id view, std::string_view its_name) : id(view), name(its_name) {}
    view_id id;
    std::string_view name;
    std::atomic<std::uint64_t> position{0}, committed{0};
    std::atomic<bool> level{false};
  };
  std::deque<mark> marks_;  // they stay where they are
};

}  // namespace roomlog
