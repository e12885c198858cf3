#include "pushers/transport/output_buffer.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace roomlog {

namespace {

// An idle connection keeps no more than this.
constexpr std::size_t kept_capacity = 512;

}  // namespace

// The system calls themselves: the library's functions are cancellation points, which cost as much
// as all of our own code in a process with threads. One piece goes the shorter way.
ssize_t send_pieces(int socket, const gather_list& pieces) {
  constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const iovec* data = pieces.data();
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(data);  // sendmsg does not write to it
  message.msg_iovlen = pieces.count();
  while (true) {
    const auto sent = pieces.count() == 1 ? ::syscall(SYS_sendto, socket, data->iov_base,
                                                      data->iov_len, flags, nullptr, 0)
                                          : ::syscall(SYS_sendmsg, socket, &message, flags);
    if (sent >= 0 || errno != EINTR) return sent;
  }
}

void gather_list::add(std::string_view piece) {
  pieces_[count_].iov_base = const_cast<char*>(piece.data());
  pieces_[count_].iov_len = piece.size();
  ++count_;
  bytes_ += piece.size();
}

void output_buffer::drop_sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ == bytes_.size()) {
    sent_ = 0;
    if (bytes_.capacity() > kept_capacity)
      std::string().swap(bytes_);
    else
      bytes_.clear();
  } else if (sent_ >= 64 * 1024 && sent_ * 2 >= bytes_.size()) {
    bytes_.erase(0, sent_);
    sent_ = 0;
  }
}

output_buffer::flush_report output_buffer::flush(int socket, output_source* source,
                                                 std::size_t bytes_max) {
  flush_report report{flush_result::drained};
  while (true) {
    if (report.bytes >= bytes_max) {
      report.result = flush_result::more;
      return report;
    }
    if (source != nullptr) source->prepare();
    gather_list pieces(bytes_max - report.bytes);
    if (waiting() != 0) pieces.add(std::string_view(bytes_).substr(sent_));
    if (source != nullptr && !pieces.full()) source->gather(pieces);
    if (pieces.count() == 0) return report;
    const auto sent = send_pieces(socket, pieces);
    ++report.sends;
    if (sent < 0) {
      report.result =
          errno == EAGAIN || errno == EWOULDBLOCK ? flush_result::blocked : flush_result::failed;
      return report;
    }
    const auto taken = static_cast<std::size_t>(sent);
    const auto of_buffer = std::min(taken, waiting());
    report.bytes += taken;
    if (of_buffer != 0) drop_sent(of_buffer);
    if (taken > of_buffer) source->consumed(taken - of_buffer, bytes_);
    if (taken < pieces.bytes()) {
      report.result = flush_result::blocked;
      return report;
    }
  }
}

}  // namespace roomlog
