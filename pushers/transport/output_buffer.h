// The one ordered output of a connection: a buffer of bytes (replies, control frames) and, behind
// it, a source of whole event frames that lie somewhere else. What is there leaves in one sendmsg:
//
//     [ rest of a cut event | replies, pings, close ]   [ events from the rooms' tails … ]
//       buffer                                            source
//
// An event frame that the socket took only in part has its rest copied to the head of the (by then
// empty) buffer, so nothing ever lands inside a frame, and the tails may forget it.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "pushers/transport/ws_frame.h"

namespace roomlog {

// Pieces of memory for one sendmsg, within bounds of number and bytes.
class gather_list {
 public:
  static constexpr std::size_t pieces_max = 64;

  explicit gather_list(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  bool full() const { return count_ == pieces_max || bytes_ >= bytes_max_; }
  std::size_t room() const { return full() ? 0 : bytes_max_ - bytes_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t count() const { return count_; }
  // Not when full(). A piece may pass the byte bound; it is the last one then.
  void add(std::string_view piece);
  const iovec* data() const { return pieces_.data(); }

 private:
  std::size_t bytes_max_, bytes_ = 0, count_ = 0;
  std::array<iovec, pieces_max> pieces_;
};

// Sends them to the non-blocking socket with one system call, as sendmsg does.
ssize_t send_pieces(int socket, const gather_list& pieces);

class output_source {
 public:
  virtual ~output_source() = default;
  // Called before each gather(); may append to the buffer.
  virtual void prepare() {}
  // Adds whole frames; leaves the buffer alone. They stay where they are until consumed() was
  // called.
  virtual void gather(gather_list& out) = 0;
  // The first `bytes` of what the last gather() added went out. Where that ends within a frame, the
  // rest of the frame is appended to `buffer`, which is empty then; new replies may follow it.
  virtual void consumed(std::size_t bytes, std::string& buffer) = 0;
};

// One thread.
class output_buffer {
 public:
  void append(ws_opcode opcode, std::string_view payload) {
    append_ws_frame(bytes_, opcode, payload);
  }
  void append_bytes(std::string_view framed) { bytes_.append(framed); }
  // Bytes that wait, without the source's.
  std::size_t waiting() const { return bytes_.size() - sent_; }

  enum class flush_result {
    drained,  // nothing is left
    more,     // the budget is used up; call again
    blocked,  // the socket takes no more now
    failed,   // the connection is broken
  };
  struct flush_report {
    flush_result result;
    std::size_t bytes = 0;
    unsigned sends = 0;
  };
  // Sends what is there to the non-blocking socket, about `bytes_max` at most. Without a source:
  // only the buffer.
  flush_report flush(int socket, output_source* source, std::size_t bytes_max);

 private:
  void drop_sent(std::size_t bytes);

  std::string bytes_;
  std::size_t sent_ = 0;  // of bytes_, from the front
};

}  // namespace roomlog
