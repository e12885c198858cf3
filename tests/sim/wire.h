// A pair of sockets that carries what a server sends into the simulation: nothing ever stays in it,
// so its size does not matter. And what is taken out of the bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roomlog::sim {

class wire {
 public:
  wire();
  ~wire();
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;

  int server_end() const { return ends_[0]; }
  // Everything that was sent into it.
  std::string take();
  // What the socket takes at once.
  static constexpr std::size_t bytes_max = 16 << 10;

 private:
  int ends_[2];
};

// Whole WebSocket frames out of a stream of bytes, as a server writes them.
class frame_reader {
 public:
  enum class kind { text, ping, close, other };
  struct frame {
    kind what = kind::other;
    std::string payload;
  };
  std::vector<frame> add(std::string_view bytes);

 private:
  std::string rest_;
};

}  // namespace roomlog::sim
