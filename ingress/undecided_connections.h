// Which connections have commands undecided in a lane, and which of those are closed, so that
// answers to them are dropped. A connection is forgotten with its last command.
//
// Not thread-safe: belongs to the lane's lock.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>

namespace roomlog {

class undecided_connections {
 public:
  // One command of it more, or less.
  void add(std::uint64_t connection) { ++undecided_of_[connection]; }
  void remove(std::uint64_t connection) {
    const auto found = undecided_of_.find(connection);
    if (--found->second != 0) return;
    undecided_of_.erase(found);
    closed_.erase(connection);
  }
  // Answered or not.
  bool has(std::uint64_t connection) const { return undecided_of_.contains(connection); }
  void close(std::uint64_t connection) {
    if (has(connection)) closed_.insert(connection);
  }
  bool is_closed(std::uint64_t connection) const { return closed_.contains(connection); }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> undecided_of_;
  std::unordered_set<std::uint64_t> closed_;  // of those in undecided_of_
};

}  // namespace roomlog
