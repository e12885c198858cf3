// What a connection may say when nothing else waits, and leaves out when its client does not keep
// up: receipts and signals, beside replies and events, which are never left out.
//
//   replies, events ─► spare outputs by rank ─► socket
//   output full     ─► all of them shed
//
// A spare output keeps what it has to say in a bounded, coalesced form of its own, so a client that
// is slow costs one state, not a queue. Owned by what feeds it, and outlives its place among the
// spare_outputs. On the shard's thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pushers/session/session_replies.h"

namespace roomlog {

// In the order in which they are sent.
enum class spare_rank : std::uint8_t { receipts, signals };

class spare_output {
 public:
  explicit spare_output(spare_rank rank) : rank_(rank) {}
  virtual ~spare_output() = default;
  spare_output(const spare_output&) = delete;

  // Says what it has as whole objects, about `bytes_max` at most.
  virtual void say(session_replies& replies, std::size_t bytes_max) = 0;
  // Forgets what it has to say.
  virtual void shed() = 0;

 private:
  friend class spare_outputs;
  const spare_rank rank_;
  spare_output* next_ = nullptr;
};

// The spare outputs of one connection.
class spare_outputs {
 public:
  void add(spare_output& output);
  void remove(spare_output& output);
  bool empty() const { return first_ == nullptr; }
  // To be called before the connection sends; `events_wait`: there are some to be sent.
  void run(session_replies& replies, bool events_wait);

 private:
  spare_output* first_ = nullptr;  // by rank
};

}  // namespace roomlog
