#include "tests/sim/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace roomlog::sim {

wire::wire() {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_) != 0) {
    throw std::runtime_error("socketpair fails");
  }
}

wire::~wire() {
  ::close(ends_[0]);
  ::close(ends_[1]);
}

std::string wire::take() {
  std::string all;
  char part[16384];
  while (true) {
    const auto got = ::recv(ends_[1], part, sizeof part, 0);
    if (got <= 0) return all;
    all.append(part, static_cast<std::size_t>(got));
  }
}

std::vector<frame_reader::frame> frame_reader::add(std::string_view bytes) {
  rest_.append(bytes);
  std::vector<frame> frames;
  std::size_t at = 0;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(rest_[i]));
  };
  while (rest_.size() - at >= 2) {
    std::size_t head = 2, size = byte(at + 1);
    if (size >= 126) {
      const std::size_t digits = size == 126 ? 2 : 8;
      head += digits;
      if (rest_.size() - at < head) break;
      size = 0;
      for (std::size_t i = 0; i < digits; ++i) size = size << 8 | byte(at + 2 + i);
    }
    if (rest_.size() - at < head + size) break;
    frame one;
    one.payload = rest_.substr(at + head, size);
    switch (byte(at) & 0x0f) {
      case 1:
        one.what = kind::text;
        break;
      case 8:
        one.what = kind::close;
        break;
      case 9:
        one.what = kind::ping;
        break;
      default:
        break;
    }
    frames.push_back(std::move(one));
    at += head + size;
  }
  rest_.erase(0, at);
  return frames;
}

}  // namespace roomlog::sim
