#include "app/serve/service_manager.h"

#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace roomlog {
namespace {

using namespace std::chrono_literals;

// What a start asks for each time, and how often it asks.
constexpr std::string_view start_extension = "EXTEND_TIMEOUT_USEC=30000000";
constexpr auto start_interval = 5s;

std::string taken(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value != nullptr ? value : "";
  ::unsetenv(name);
  return out;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return out;
}

}  // namespace

service_manager service_manager::of_environment() {
  service_manager out;
  const std::string path = taken("NOTIFY_SOCKET");
  const auto period = number(taken("WATCHDOG_USEC"));
  const std::string for_pid = taken("WATCHDOG_PID");
  const bool named = !path.empty() && (path[0] == '/' || path[0] == '@');
  if (!named || path.size() >= sizeof out.address_.sun_path) return out;
  out.address_.sun_family = AF_UNIX;
  std::memcpy(out.address_.sun_path, path.data(), path.size());
  if (path[0] == '@') out.address_.sun_path[0] = '\0';  // abstract
  out.address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  out.socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool for_us = for_pid.empty() || number(for_pid) == ::getpid();
  if (period && *period > 0 && for_us) out.watchdog_ = std::chrono::microseconds(*period);
  return out;
}

service_manager::service_manager(service_manager&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      address_(other.address_),
      address_size_(other.address_size_),
      watchdog_(other.watchdog_),
      told_(other.told_),
      is_ready_(other.is_ready_),
      status_(std::move(other.status_)) {}

service_manager::~service_manager() {
  if (socket_ >= 0) ::close(socket_);
}

void service_manager::send(std::string_view message) const {
  if (socket_ < 0) return;
  (void)::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

void service_manager::still_starting(time_point now) {
  if (told_ != time_point{} && now - told_ < start_interval) return;
  told_ = now;
  send(start_extension);
}

void service_manager::ready() {
  told_ = {};
  is_ready_ = true;
  send("READY=1");
}

void service_manager::reloading(time_point now) {
  if (!is_ready_) return;
  // The clock of time_point is CLOCK_MONOTONIC, by which systemd tells this reload from the last.
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us.count()));
}

void service_manager::reloaded() {
  if (is_ready_) send("READY=1");
}

void service_manager::stopping() {
  send("STOPPING=1");
}

void service_manager::status(const std::string& text) {
  if (text == status_) return;
  status_ = text;
  std::string line = "STATUS=" + text;
  for (char& c : line) {
    if (c == '\n') c = ' ';  // a line break begins another assignment
  }
  send(line);
}

void service_manager::alive(time_point now) {
  if (!watchdog_ || (told_ != time_point{} && now - told_ < *watchdog_ / 2)) return;
  told_ = now;
  send("WATCHDOG=1");
}

}  // namespace roomlog
