// The load side of the benchmarks: many WebSocket connections on one epoll loop and one thread, as
// cheap per frame as it can be made, so that what is measured is the server. It shares no code with
// the server. Raw mode speaks the same frames without HTTP upgrade, for the raw limit server.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roomlog::bench {

using steady = std::chrono::steady_clock;

struct endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string path = "/v1/ws";
  bool raw = false;  // no upgrade
};

// Accepts ws://HOST:PORT/PATH and raw://HOST:PORT; throws std::invalid_argument.
endpoint parse_endpoint(std::string_view url);

class load_client {
 public:
  // Called for every complete data frame; `payload` is valid during the call only.
  using on_frame = std::function<void(std::size_t connection, std::string_view payload)>;

  // How poll() waits. A client that sleeps is woken by whoever sends to it; on a machine of few
  // cores that costs the sender an interrupt of another core for each frame, and hides what it
  // costs itself.
  enum class waiting { sleeps, spins };

  explicit load_client(endpoint where, waiting how = waiting::sleeps);
  ~load_client();
  load_client(const load_client&) = delete;
  load_client& operator=(const load_client&) = delete;

  // Connects and upgrades, blocking; the token goes into the Authorization header. Returns the
  // index.
  std::size_t connect(const std::string& token);
  // Queues nothing: writes at once and fails loudly when the kernel's buffer is full.
  void send(std::size_t connection, std::string_view text);
  // Waits at most `timeout` for input and hands out what came. Returns the number of frames.
  std::size_t poll(std::chrono::milliseconds timeout, const on_frame& handler);
  std::size_t connections() const { return peers_.size(); }

 private:
  struct peer;
  std::size_t read_from(std::size_t index, const on_frame& handler);

  endpoint where_;
  const waiting how_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<char> buffer_;
  std::string out_;
};

// Percentile of unsorted samples (sorts them); 0 when empty.
double percentile(std::vector<double>& samples, double p);

}  // namespace roomlog::bench
