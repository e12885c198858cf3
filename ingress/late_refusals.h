// Commands that rate or content refuses, and that the room may refuse before them: docs/protocol.md
// §3 has an order, and the first check that fails is the answer. They wait until the fold has what
// the log held when they came and nothing of their connection is undecided; nothing of them is
// appended, whatever is found.
//
// Not thread-safe: belongs to the lane's lock. Bounded as what is in flight is, whose sums include
// it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ingress/commands/command_record.h"
#include "ingress/limits/user_load.h"
#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

class late_refusals {
 public:
  // Of the fold against the end that the log had: below it, level, or it will not be known.
  enum class fold_progress { behind, level, unknown };

  struct entry {
    command_origin to;
    command_record command;
    client_error refused;             // unless the room refuses
    std::chrono::microseconds until;  // steady; then that is the answer
    std::shared_ptr<const std::atomic<fold_progress>>
        fold;          // set from the fold's or the log's thread
    load_share share;  // of its user; add() counts the bytes
  };

  void add(entry refusal);
  // Those whose answer is known, in the order in which they came. `is_settled` says of a connection
  // whether nothing of it is undecided.
  template <class IsSettled>
  std::vector<entry> take_due(std::chrono::microseconds now, IsSettled is_settled) {
    return take([&](const entry& e) {
      return e.until <= now || (*e.fold != fold_progress::behind && is_settled(e.to.connection));
    });
  }
  // Answers to this connection are dropped.
  void close_connection(std::uint64_t connection);

  std::size_t size() const { return waiting_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<entry> take(const std::function<bool(const entry&)>& taken);

  std::vector<entry> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace roomlog
