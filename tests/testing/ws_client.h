// A small blocking WebSocket client (RFC 6455) on a POSIX socket, for tests: it sends whatever it
// is told to, right or wrong, and shows what came, frame by frame. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roomlog::testing {

struct ws_frame_seen {
  bool fin = true;
  unsigned rsv = 0;
  unsigned opcode = 0;  // 1 text, 2 binary, 8 close, 9 ping, 10 pong
  std::string payload;
  // Of a close frame; 1005 when it has none.
  unsigned close_code() const;
  std::string close_reason() const { return payload.size() > 2 ? payload.substr(2) : ""; }
};

struct ws_connect_options {
  std::string path = "/v1/ws";
  std::vector<std::pair<std::string, std::string>> headers{};  // besides those of the handshake
  int receive_buffer_bytes = 0;                                // SO_RCVBUF; 0: the system's own
  bool upgrade = true;                                         // false: only the TCP connection
};

class ws_client {
 public:
  ws_client() = default;
  // Throws std::runtime_error when the handshake fails; status() says with what.
  ws_client(std::uint16_t port, const ws_connect_options& options = {});
  ws_client(ws_client&& other) noexcept { *this = std::move(other); }
  ws_client& operator=(ws_client&& other) noexcept;
  ~ws_client() { disconnect(); }

  int socket() const { return socket_; }
  const std::string& response_head() const { return head_; }

  void send_text(std::string_view text) { send_frame(1, text); }
  // Masked, as clients must.
  void send_frame(unsigned opcode, std::string_view payload, bool fin = true, unsigned rsv = 0);
  void send_close(unsigned code, std::string_view reason = {});
  void send_bytes(std::string_view bytes);
  // A frame's bytes, for cutting them up.
  static std::string frame_bytes(unsigned opcode, std::string_view payload, bool fin = true,
                                 unsigned rsv = 0);

  using milliseconds = std::chrono::milliseconds;
  static constexpr milliseconds patience{20'000};
  // The next frame; nothing at the end of the connection. Throws when it takes longer. Pings are
  // answered and not shown while auto_pong.
  std::optional<ws_frame_seen> next_frame(milliseconds at_most = patience);
  // The next JSON object of text frames (several may be in one, separated by newlines).
  std::optional<std::string> next_object(milliseconds at_most = patience);
  // Reads until the close frame; what it was. Nothing when the connection ended without one.
  std::optional<ws_frame_seen> wait_close(milliseconds at_most = patience);
  // Whether nothing comes for so long.
  bool is_quiet(milliseconds during);
  // Raw bytes: as many as come at once; empty at the end.
  std::string read_some(milliseconds at_most = patience);
  // All bytes until the connection ends.
  std::string read_to_end(milliseconds at_most = patience);
  void disconnect();  // without a close frame

  bool auto_pong = true;

 private:
  bool fill(std::chrono::steady_clock::time_point deadline);
  bool parse(ws_frame_seen& into);
  void shake_hands(const ws_connect_options& options, std::uint16_t port);

  int socket_ = -1;
  std::string head_;
  std::string in_;     // bytes not yet parsed
  std::string lines_;  // the rest of a text frame
};

}  // namespace roomlog::testing
