// Accepts connections on one loop. Whoever owns it decides what becomes of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "log/base/result.h"
#include "pushers/transport/event_loop.h"
#include "pushers/transport/ip_address.h"

namespace roomlog {

class listener {
 public:
  // Called on the loop's thread, with a non-blocking socket that it now owns.
  using accepted = std::function<void(int socket, const ip_address& peer)>;

  // errc::io names the address. Port 0: the system chooses. The loop outlives the listener.
  static result<std::unique_ptr<listener>> open(const std::string& host, std::uint16_t port,
                                                event_loop& loop, accepted on_accept);
  ~listener();

  std::uint16_t port() const;
  // Closes the port; returns once nothing more is accepted. Idempotent; not from the loop's thread.
  void close();

 private:
  struct impl;
  explicit listener(std::shared_ptr<impl> made);
  std::shared_ptr<impl> impl_;
};

}  // namespace roomlog
