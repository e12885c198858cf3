// Tells whoever started the process how it fares, in the words of sd_notify(3): systemd with
// Type=notify, or anything else that sets NOTIFY_SOCKET. Without that, every call does nothing.
//
//   still_starting … ready … alive, alive, … reloading, reloaded, … alive, … stopping
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace roomlog {

// One thread. A datagram that cannot be sent is dropped: nobody waits for a service manager.
class service_manager {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which are taken out of the environment, so
  // that no child speaks for this process.
  static service_manager of_environment();
  ~service_manager();
  service_manager(service_manager&& other) noexcept;
  service_manager& operator=(service_manager&&) = delete;

  // A start that reads a long log back is not cut short while it goes on; to be called often.
  void still_starting(time_point now);
  void ready();
  // Around a reload, in the words of Type=notify-reload; nothing before ready().
  void reloading(time_point now);
  void reloaded();
  void stopping();
  // A line for people, told once per change.
  void status(const std::string& text);
  // The watchdog's sign of life, sent twice in its period; to be called often.
  void alive(time_point now);

 private:
  service_manager() = default;
  void send(std::string_view message) const;

  int socket_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> watchdog_;
  time_point told_{};
  bool is_ready_ = false;
  std::string status_;
};

}  // namespace roomlog
