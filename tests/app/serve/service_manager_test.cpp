// What systemd hears of a server, over a socket that stands for systemd's.
#include "app/serve/service_manager.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "tests/app/running_server.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

class listening_manager {
 public:
  explicit listening_manager(const std::string& path) : path_(path) {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  ~listening_manager() { ::close(socket_); }

  // The next message; "" where none comes in time.
  std::string next(std::chrono::milliseconds at_most = 20s) const {
    pollfd wanted{socket_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(at_most.count())) <= 0) return "";
    char some[512];
    const auto size = ::recv(socket_, some, sizeof some, 0);
    return {some, static_cast<std::size_t>(size)};
  }
  // Reads on until the message; what came before it.
  std::vector<std::string> until(const std::string& message) const {
    std::vector<std::string> before;
    for (;;) {
      std::string one = next();
      if (one == message) return before;
      before.push_back(one);
      if (one.empty()) {
        ADD_FAILURE() << message << " does not come";
        return before;
      }
    }
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int socket_ = -1;
};

service_manager made(const listening_manager& by, const char* watchdog_us = nullptr) {
  ::setenv("NOTIFY_SOCKET", by.path().c_str(), 1);
  if (watchdog_us != nullptr) ::setenv("WATCHDOG_USEC", watchdog_us, 1);
  return service_manager::of_environment();
}

TEST(service_manager, a_server_is_starting_ready_alive_and_stopping) {
  const temporary_directory directory;
  const listening_manager manager((directory.path() / "notify").string());
  running_server server(directory.path() / "data", {},
                        {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "300000"}});
  const auto before = manager.until("READY=1");
  ASSERT_FALSE(before.empty());
  EXPECT_EQ(before[0], "EXTEND_TIMEOUT_USEC=30000000");
  (void)manager.until("STATUS=is ready");  // what came before it is looked at above
  (void)manager.until("WATCHDOG=1");
  (void)manager.until("WATCHDOG=1");
  EXPECT_EQ(server.stop(), 0);
  (void)manager.until("STOPPING=1");
  EXPECT_EQ(manager.next(), "STATUS=drains");
}

TEST(service_manager, a_reload_is_told_with_its_moment_and_its_end) {
  const temporary_directory directory;
  const listening_manager manager((directory.path() / "notify").string());
  running_server server(directory.path() / "data", {}, {{"NOTIFY_SOCKET", manager.path()}});
  (void)manager.until("STATUS=is ready");  // READY=1 came before
  const auto before = std::chrono::steady_clock::now().time_since_epoch() / 1us;
  server.child().signal(SIGHUP);
  const std::string told = manager.next();
  const std::string begin = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(told.starts_with(begin)) << told;
  EXPECT_GE(std::stoll(told.substr(begin.size())), before);
  EXPECT_EQ(manager.next(), "READY=1");
  EXPECT_EQ(server.stop(), 0);
}

TEST(service_manager, a_reload_of_a_server_that_starts_does_not_call_it_ready) {
  const listening_manager by("@roomlog-test-" + std::to_string(::getpid()));
  auto manager = made(by);
  manager.reloading(service_manager::time_point{100s});
  manager.reloaded();
  EXPECT_EQ(by.next(0ms), "");
  manager.ready();
  manager.reloading(service_manager::time_point{101s});
  manager.reloaded();
  EXPECT_EQ(by.next(), "READY=1");
  EXPECT_EQ(by.next(), "RELOADING=1\nMONOTONIC_USEC=101000000");
  EXPECT_EQ(by.next(), "READY=1");
}

TEST(service_manager, a_server_that_hangs_gives_no_sign_of_life) {
  const temporary_directory directory;
  const listening_manager manager((directory.path() / "notify").string());
  running_server server(directory.path() / "data", {},
                        {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "300000"}});
  (void)manager.until("WATCHDOG=1");
  server.child().signal(SIGSTOP);
  while (!manager.next(50ms).empty()) {
  }
  EXPECT_EQ(manager.next(400ms), "");
  server.child().signal(SIGCONT);
  (void)manager.until("WATCHDOG=1");
  EXPECT_EQ(server.stop(), 0);
}

TEST(service_manager, signs_of_life_come_twice_in_a_period) {
  const listening_manager by("@roomlog-test-" + std::to_string(::getpid()));
  auto manager = made(by, "10000000");
  const service_manager::time_point begin{100s};
  for (auto at = 0s; at <= 20s; at += 1s) manager.alive(begin + at);
  int signs = 0;
  while (by.next(0ms) == "WATCHDOG=1") ++signs;
  EXPECT_EQ(signs, 5);
}

TEST(service_manager, another_process_watchdog_is_not_ours) {
  const listening_manager by("@roomlog-test-" + std::to_string(::getpid()));
  ::setenv("WATCHDOG_PID", "1", 1);
  auto manager = made(by, "10000000");
  manager.alive(service_manager::time_point{100s});
  EXPECT_EQ(by.next(0ms), "");
}

TEST(service_manager, a_status_is_one_line_and_told_once) {
  const listening_manager by("@roomlog-test-" + std::to_string(::getpid()));
  auto manager = made(by);
  manager.status("a\nREADY=1");
  manager.status("a\nREADY=1");
  manager.status("b");
  EXPECT_EQ(by.next(), "STATUS=a READY=1");
  EXPECT_EQ(by.next(), "STATUS=b");
}

TEST(service_manager, nobody_is_told_where_nobody_asks) {
  ::unsetenv("NOTIFY_SOCKET");
  auto manager = service_manager::of_environment();
  manager.ready();
  manager.alive(service_manager::time_point{100s});
}

}  // namespace
}  // namespace roomlog::testing
