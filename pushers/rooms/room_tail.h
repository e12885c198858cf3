// The newest events of one room, each framed once and kept in contiguous memory, so that many
// connections send straight from here: WebSocket connections send ranges of whole frames, others
// take the payloads and frame them as their transport does. Seqs run without a gap:
//
//        begin                      end        (both are "next" seqs; end - 1 is the head)
//          |  [ f5 f6 f7 | f8 f9 ]   |         two blocks; each f: [header][payload]
//          5                        10
//
// A cursor below begin reads pages of history. Owned by a room_feed; one thread. Views into it are
// good until the next call that is not const.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

class room_tail {
 public:
  // Empty; the next event will be `next`.
  explicit room_tail(seq_no next) : begin_(next), end_(next) {}

  seq_no begin() const { return begin_; }
  seq_no end() const { return end_; }
  // Memory held.
  std::size_t bytes() const { return bytes_; }
  std::size_t blocks() const { return blocks_.size(); }

  // The JSON of event end(), which is framed here as a WebSocket text message.
  void append(std::string_view payload);
  // Forgets everything; the next event will be `next`.
  void reset(seq_no next);
  // Forgets the oldest block; false when there is none.
  bool drop_oldest();
  // Forgets every event up to and with `last`.
  void drop_through(seq_no last);

  struct frames {
    std::string_view bytes;
    seq_no until;  // the seq after the last frame in `bytes`
  };
  // Whole frames that lie together: from `from` on, below `until`, at most `bytes_max` bytes but at
  // least one frame. begin() <= from < until <= end().
  frames range(seq_no from, seq_no until, std::size_t bytes_max) const;
  // The frame of one event; begin() <= seq < end().
  std::string_view frame(seq_no seq) const { return range(seq, next(seq), 1).bytes; }
  // Its JSON alone.
  std::string_view payload(seq_no seq) const;

 private:
  struct block {
    seq_no first;
    std::vector<std::uint32_t> ends;  // where each frame ends
    std::unique_ptr<char[]> data;
    std::uint32_t capacity = 0;
    std::size_t footprint() const { return capacity + ends.capacity() * sizeof(ends[0]); }
    std::uint32_t used() const { return ends.empty() ? 0 : ends.back(); }
  };

  const block& block_of(seq_no seq) const;
  block& block_for(std::size_t frame_bytes);

  seq_no begin_, end_;
  std::size_t bytes_ = 0;
  std::vector<block> blocks_;  // few; the oldest first
};

}  // namespace roomlog
