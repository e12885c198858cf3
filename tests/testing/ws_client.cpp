#include "tests/testing/ws_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace roomlog::testing {

namespace {

using clock = std::chrono::steady_clock;

constexpr unsigned char mask_key[4] = {0x37, 0xfa, 0x21, 0x3d};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("ws_client: " + what);
}

int time_left(clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

}  // namespace

unsigned ws_frame_seen::close_code() const {
  if (payload.size() < 2) return 1005;
  return static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 |
         static_cast<unsigned char>(payload[1]);
}

ws_client::ws_client(std::uint16_t port, const ws_connect_options& options) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (options.receive_buffer_bytes != 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer_bytes, sizeof(int));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    disconnect();
    fail(std::string("connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options.upgrade) shake_hands(options, port);
}

ws_client& ws_client::operator=(ws_client&& other) noexcept {
  if (this == &other) return *this;
  disconnect();
  socket_ = std::exchange(other.socket_, -1);
  head_ = std::move(other.head_);
  in_ = std::move(other.in_);
  lines_ = std::move(other.lines_);
  auto_pong = other.auto_pong;
  return *this;
}

void ws_client::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void ws_client::shake_hands(const ws_connect_options& options, std::uint16_t port) {
  std::string request = "GET " + options.path +
                        " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n";
  for (const auto& [name, value] : options.headers) request += name + ": " + value + "\r\n";
  send_bytes(request + "\r\n");
  const auto deadline = clock::now() + patience;
  std::size_t end;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos)
    if (!fill(deadline)) fail("no answer to the handshake: " + in_);
  head_ = in_.substr(0, end + 4);
  in_.erase(0, end + 4);
  if (head_.rfind("HTTP/1.1 101", 0) != 0) fail("refused: " + head_);
  // RFC 6455 §1.3: the answer to this very key.
  if (head_.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos) fail("wrong accept key");
}

std::string ws_client::frame_bytes(unsigned opcode, std::string_view payload, bool fin,
                                   unsigned rsv) {
  std::string bytes(1, static_cast<char>((fin ? 0x80u : 0u) | rsv << 4 | opcode));
  constexpr unsigned masked = 0x80;
  if (payload.size() < 126) {
    bytes += static_cast<char>(masked | payload.size());
  } else {
    const int width = payload.size() <= 0xffff ? 2 : 8;
    bytes += static_cast<char>(masked | (width == 2 ? 126u : 127u));
    for (int i = width - 1; i >= 0; --i) bytes += static_cast<char>(payload.size() >> (8 * i));
  }
  bytes.append(reinterpret_cast<const char*>(mask_key), sizeof mask_key);
  for (std::size_t i = 0; i < payload.size(); ++i)
    bytes += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask_key[i % 4]);
  return bytes;
}

void ws_client::send_frame(unsigned opcode, std::string_view payload, bool fin, unsigned rsv) {
  send_bytes(frame_bytes(opcode, payload, fin, rsv));
}

void ws_client::send_close(unsigned code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  send_frame(8, payload.append(reason));
}

void ws_client::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail(std::string("send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// False at the end of the connection, or when it was reset.
bool ws_client::fill(clock::time_point deadline) {
  pollfd wait{socket_, POLLIN, 0};
  while (true) {
    const int ready = ::poll(&wait, 1, time_left(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) fail("nothing came in time");
    char bytes[65536];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
}

bool ws_client::parse(ws_frame_seen& into) {
  if (in_.size() < 2) return false;
  const auto at = [this](std::size_t i) { return static_cast<unsigned char>(in_[i]); };
  if ((at(1) & 0x80) != 0) fail("a masked frame from the server");
  std::uint64_t size = at(1) & 0x7f;
  std::size_t head = 2;
  if (size >= 126) {
    const std::size_t width = size == 126 ? 2 : 8;
    head += width;
    if (in_.size() < head) return false;
    size = 0;
    for (std::size_t i = 0; i < width; ++i) size = size << 8 | at(2 + i);
  }
  if (in_.size() < head + size) return false;
  into.fin = (at(0) & 0x80) != 0;
  into.rsv = at(0) >> 4 & 7u;
  into.opcode = at(0) & 0x0f;
  into.payload = in_.substr(head, size);
  in_.erase(0, head + size);
  return true;
}

std::optional<ws_frame_seen> ws_client::next_frame(milliseconds at_most) {
  const auto deadline = clock::now() + at_most;
  ws_frame_seen frame;
  while (true) {
    if (parse(frame)) {
      if (frame.opcode != 9 || !auto_pong) return frame;
      send_frame(10, frame.payload);
    } else if (!fill(deadline)) {
      return std::nullopt;
    }
  }
}

std::optional<std::string> ws_client::next_object(milliseconds at_most) {
  while (lines_.empty()) {
    const auto frame = next_frame(at_most);
    if (!frame || frame->opcode == 8) return std::nullopt;
    if (frame->opcode == 1) lines_ = frame->payload;
  }
  const auto end = lines_.find('\n');
  auto object = lines_.substr(0, end);
  lines_.erase(0, end == std::string::npos ? end : end + 1);
  return object;
}

std::optional<ws_frame_seen> ws_client::wait_close(milliseconds at_most) {
  while (auto frame = next_frame(at_most))
    if (frame->opcode == 8) return frame;
  return std::nullopt;
}

bool ws_client::is_quiet(milliseconds during) {
  if (!in_.empty() || !lines_.empty()) return false;
  pollfd wait{socket_, POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(during.count())) == 0;
}

std::string ws_client::read_some(milliseconds at_most) {
  if (in_.empty()) (void)fill(clock::now() + at_most);  // empty at the end
  return std::exchange(in_, {});
}

std::string ws_client::read_to_end(milliseconds at_most) {
  const auto deadline = clock::now() + at_most;
  while (fill(deadline)) {
  }
  return std::exchange(in_, {});
}

}  // namespace roomlog::testing
