#include "app/commands/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace roomlog {
namespace {

// All of it, or errno.
int write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto put = ::write(fd, bytes, size);
    if (put >= 0) {
      bytes += put;
      size -= static_cast<std::size_t>(put);
    } else if (errno == EAGAIN) {  // whoever shares the pipe made it non-blocking
      pollfd wanted{fd, POLLOUT, 0};
      (void)::poll(&wanted, 1, -1);  // the next write says what is wrong
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void hold_standard_descriptors() {
  // Each open gets the lowest number that is free, which is the closed one.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd) {
      ::_exit(static_cast<int>(exit_code::unavailable));
    }
  }
}

standard_output::standard_output() : before_(std::cout.rdbuf(this)) {
  setp(bytes_.data(), bytes_.data() + bytes_.size());
}

standard_output::~standard_output() {
  std::cout.rdbuf(before_);
}

standard_output::int_type standard_output::overflow(int_type c) {
  if (sync() != 0) return traits_type::eof();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int standard_output::sync() {
  if (failed_ == 0) {
    failed_ = write_all(STDOUT_FILENO, pbase(), static_cast<std::size_t>(pptr() - pbase()));
  }
  setp(bytes_.data(), bytes_.data() + bytes_.size());
  return failed_ == 0 ? 0 : -1;
}

exit_code standard_output::finish(exit_code ended) {
  (void)sync();
  if (failed_ == 0) return ended;
  if (failed_ != EPIPE) {
    std::cerr << "roomlog: cannot write to standard output: " << std::strerror(failed_) << '\n';
  }
  return ended == exit_code::done ? exit_code::failed : ended;
}

}  // namespace roomlog
