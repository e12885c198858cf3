// The raw limit of fan-out on this machine: a server that does nothing but copy. One thread; it
// reads fixed-size requests from its first connection and answers k of them with one send of k
// frames to each other connection and a small frame to the first. What roomlog reaches is quoted as
// a ratio to this, with the same client in the same run.
//
//   raw_limit FRAME_BYTES REQUEST_BYTES CONNECTIONS      prints "ready raw://127.0.0.1:PORT"
//
// It begins when all connections, the first one counted, are there.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string frame_of(std::size_t total, std::string_view type) {
  std::string payload = "{\"type\":\"" + std::string(type) + "\"";
  payload.append(total - 4 - payload.size() - 1, ' ');
  payload += '}';
  std::string frame;
  frame += static_cast<char>(0x81);
  frame += static_cast<char>(126);
  frame += static_cast<char>(payload.size() >> 8);
  frame += static_cast<char>(payload.size() & 0xff);
  return frame + payload;
}

void send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      std::exit(0);  // the client is gone: the measurement is over
    }
    data += n;
    size -= static_cast<std::size_t>(n);
  }
}

int listen_any(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4096) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: raw_limit FRAME_BYTES REQUEST_BYTES CONNECTIONS\n");
    return 2;
  }
  const std::size_t frame_bytes = std::strtoul(argv[1], nullptr, 10);
  const std::size_t request_bytes = std::strtoul(argv[2], nullptr, 10);
  const std::size_t connections = std::strtoul(argv[3], nullptr, 10);
  std::string events, acks;
  for (int i = 0; i < 256; ++i) {
    events += frame_of(frame_bytes, "event");
    acks += frame_of(160, "ack");
  }

  std::uint16_t port = 0;
  const int listener = listen_any(port);
  const int epoll = epoll_create1(0);
  epoll_event ev{};
  ev.events = EPOLLIN;
  ev.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev);
  std::printf("ready raw://127.0.0.1:%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);

  std::vector<int> peers;
  std::vector<char> in(1 << 20);
  std::size_t pending = 0;
  while (true) {
    epoll_event events_in[64];
    const int n = epoll_wait(epoll, events_in, 64, -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events_in[i].data.fd;
      if (fd == listener) {
        const int peer = ::accept(listener, nullptr, nullptr);
        const int one = 1;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        peers.push_back(peer);
        if (peers.size() == connections) {
          ev.data.fd = peers[0];
          epoll_ctl(epoll, EPOLL_CTL_ADD, peers[0], &ev);
        }
        continue;
      }
      const ssize_t got = ::recv(fd, in.data(), in.size(), 0);
      if (got <= 0) return 0;
      pending += static_cast<std::size_t>(got);
      const std::size_t k = std::min<std::size_t>(pending / request_bytes, 256);
      pending -= k * request_bytes;
      for (std::size_t p = 1; p < peers.size(); ++p) {
        send_all(peers[p], events.data(), k * frame_bytes);
      }
      send_all(peers[0], acks.data(), k * 160);
    }
  }
}
