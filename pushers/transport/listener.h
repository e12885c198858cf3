// Accepts connections on the first loop and hands them round the loops.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/result.h"
#include "pushers/transport/event_loop.h"

namespace roomlog {

class listener {
 public:
  // Called on the loop that the connection goes to, with a non-blocking socket that it now owns.
  using accepted = std::function<void(std::size_t loop, int socket, std::string peer)>;

  // errc::io names the address. Port 0: the system chooses. The loops outlive the listener.
  static result<std::unique_ptr<listener>> open(const std::string& host, std::uint16_t port,
                                                std::vector<event_loop*> loops, accepted on_accept);
  ~listener();

  std::uint16_t port() const;
  // Closes the port; returns once nothing more is accepted. Idempotent; not from a loop's thread.
  void close();

 private:
  struct impl;
  explicit listener(std::shared_ptr<impl> made);
  std::shared_ptr<impl> impl_;
};

}  // namespace roomlog
