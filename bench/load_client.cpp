#include "bench/load_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace roomlog::bench {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct frame_head {
  std::size_t header_size = 0;  // 0: incomplete
  std::size_t payload_size = 0;
  unsigned opcode = 0;
};

// Server frames: final, unmasked (RFC 6455 §5.2).
frame_head parse_head(std::string_view in) {
  if (in.size() < 2) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
  const std::size_t length = byte(1) & 0x7fU;
  const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (in.size() < 2 + extra) return {};
  std::size_t size = extra == 0 ? length : 0;
  for (std::size_t i = 0; i < extra; ++i) size = size << 8 | byte(2 + i);
  return {2 + extra, size, byte(0) & 0x0fU};
}

void append_masked(std::string& out, unsigned opcode, std::string_view payload) {
  out += static_cast<char>(0x80U | opcode);
  if (payload.size() < 126) {
    out += static_cast<char>(0x80U | payload.size());
  } else {
    out += static_cast<char>(0x80U | 126U);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  out.append(4, '\0');  // a zero mask leaves the payload as it is
  out += payload;
}

}  // namespace

struct load_client::peer {
  int fd = -1;
  std::string partial;  // an incomplete frame
};

endpoint parse_endpoint(std::string_view url) {
  endpoint e;
  if (url.starts_with("raw://")) {
    e.raw = true;
  } else if (!url.starts_with("ws://")) {
    throw std::invalid_argument("url must begin with ws:// or raw://: " + std::string(url));
  }
  std::string_view rest = url.substr(url.find("//") + 2);
  if (const auto slash = rest.find('/'); slash != rest.npos) {
    e.path = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  const auto colon = rest.rfind(':');
  if (colon == rest.npos) throw std::invalid_argument("url names no port: " + std::string(url));
  e.host = rest.substr(0, colon);
  const auto port = rest.substr(colon + 1);
  std::from_chars(port.data(), port.data() + port.size(), e.port);
  return e;
}

load_client::load_client(endpoint where, waiting how)
    : where_(std::move(where)), how_(how), epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(1 << 20) {
  if (epoll_ < 0) fail("epoll_create1");
}

load_client::~load_client() {
  for (const auto& p : peers_) ::close(p->fd);
  ::close(epoll_);
}

std::size_t load_client::connect(const std::string& token) {
  auto p = std::make_unique<peer>();
  p->fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (p->fd < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where_.port);
  if (inet_pton(AF_INET, where_.host.c_str(), &address.sin_addr) != 1) {
    throw std::invalid_argument("not an IPv4 address: " + where_.host);
  }
  if (::connect(p->fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  const int one = 1;
  setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!where_.raw) {
    const std::string request = "GET " + where_.path + " HTTP/1.1\r\nHost: " + where_.host +
                                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                                "Sec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Protocol: roomlog.v1.json\r\n"
                                "Authorization: Bearer " +
                                token + "\r\n\r\n";
    if (::send(p->fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      fail("send upgrade");
    }
    std::string answer;
    while (answer.find("\r\n\r\n") == answer.npos) {
      const ssize_t n = ::recv(p->fd, buffer_.data(), buffer_.size(), 0);
      if (n <= 0) fail("recv upgrade");
      answer.append(buffer_.data(), static_cast<std::size_t>(n));
    }
    if (!answer.starts_with("HTTP/1.1 101")) throw std::runtime_error("upgrade refused: " + answer);
    p->partial = answer.substr(answer.find("\r\n\r\n") + 4);
  }
  epoll_event ev{};
  ev.events = EPOLLIN;
  ev.data.u64 = peers_.size();
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, p->fd, &ev) != 0) fail("epoll_ctl");
  peers_.push_back(std::move(p));
  return peers_.size() - 1;
}

void load_client::send(std::size_t connection, std::string_view text) {
  out_.clear();
  if (where_.raw) {
    out_ = text;
  } else {
    append_masked(out_, 1, text);
  }
  const ssize_t n = ::send(peers_[connection]->fd, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(out_.size())) fail("send");
}

std::size_t load_client::read_from(std::size_t index, const on_frame& handler) {
  peer& p = *peers_[index];
  const std::size_t kept = p.partial.size();
  std::memcpy(buffer_.data(), p.partial.data(), kept);
  const ssize_t n = ::recv(p.fd, buffer_.data() + kept, buffer_.size() - kept, MSG_DONTWAIT);
  if (n == 0) throw std::runtime_error("the server closed connection " + std::to_string(index));
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return 0;
    fail("recv");
  }
  std::string_view in{buffer_.data(), kept + static_cast<std::size_t>(n)};
  std::size_t frames = 0;
  while (true) {
    const frame_head head = parse_head(in);
    if (head.header_size == 0 || in.size() < head.header_size + head.payload_size) break;
    const std::string_view payload = in.substr(head.header_size, head.payload_size);
    if (head.opcode == 1) {
      ++frames;
      handler(index, payload);
    } else if (head.opcode == 9) {
      std::string pong;
      append_masked(pong, 10, payload);
      if (::send(p.fd, pong.data(), pong.size(), MSG_NOSIGNAL) < 0) fail("send pong");
    } else if (head.opcode == 8) {
      throw std::runtime_error(
          "close frame: " + std::string(payload.substr(std::min<std::size_t>(2, payload.size()))));
    }
    in.remove_prefix(head.header_size + head.payload_size);
  }
  p.partial.assign(in);
  return frames;
}

std::size_t load_client::poll(std::chrono::milliseconds timeout, const on_frame& handler) {
  epoll_event events[1024];
  const bool spins = how_ == waiting::spins;
  const auto until = steady::now() + timeout;
  int n = epoll_wait(epoll_, events, 1024, spins ? 0 : static_cast<int>(timeout.count()));
  while (spins && n == 0 && steady::now() < until) n = epoll_wait(epoll_, events, 1024, 0);
  std::size_t frames = 0;
  for (int i = 0; i < n; ++i) frames += read_from(events[i].data.u64, handler);
  return frames;
}

double percentile(std::vector<double>& samples, double p) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const auto last = static_cast<double>(samples.size() - 1);
  return samples[static_cast<std::size_t>(p * last)];
}

}  // namespace roomlog::bench
