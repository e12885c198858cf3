// ws_echo --listen HOST:PORT [--frame-max BYTES]: the server's own transport and output path around
// an application that sends every message back, for WebSocket conformance suites (RFC 6455).
// Prints `ready ws://…` on stdout once it listens; SIGINT and SIGTERM end it with 0.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "pushers/transport/listener.h"
#include "tests/pushers/transport/echo_application.h"

namespace {

using namespace roomlog;

struct arguments {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t frame_max = 16 << 20;
};

[[noreturn]] void usage() {
  std::fputs("usage: ws_echo --listen HOST:PORT [--frame-max BYTES]\n", stderr);
  std::exit(2);
}

arguments parse(int argc, char** argv) {
  arguments parsed;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string value = argv[i + 1];
    if (std::strcmp(argv[i], "--listen") == 0) {
      const auto colon = value.rfind(':');
      if (colon == std::string::npos) usage();
      parsed.host = value.substr(0, colon);
      parsed.port = static_cast<std::uint16_t>(std::strtoul(&value[colon + 1], nullptr, 10));
    } else if (std::strcmp(argv[i], "--frame-max") == 0) {
      parsed.frame_max = std::strtoull(value.c_str(), nullptr, 10);
    } else {
      usage();
    }
  }
  if (argc % 2 == 0 || parsed.frame_max == 0) usage();
  return parsed;
}

}  // namespace

int main(int argc, char** argv) {
  const auto asked = parse(argc, argv);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  const system_clock_source clock;
  event_loop loop(clock, std::chrono::milliseconds(100));
  const auto settings = roomlog::testing::echo_settings(asked.frame_max);
  auto listening =
      listener::open(asked.host, asked.port, loop, [&](int socket, const ip_address& peer) {
        serve_connection(loop, settings, {socket, peer, nullptr});
      });
  if (!listening) {
    std::fprintf(stderr, "ws_echo: %s\n", listening.error().text.c_str());
    return 1;
  }
  loop.start();
  std::printf("ready ws://%s:%u/\n", asked.host.c_str(), (*listening)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  (*listening)->close();
  loop.stop();
  return 0;
}
