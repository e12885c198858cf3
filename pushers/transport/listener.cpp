#include "pushers/transport/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <future>
#include <optional>

#include "log/base/diagnostics.h"
#include "pushers/transport/loop_impl.h"

namespace roomlog {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Taken per wake, so that a storm of connections does not stall the loop's sessions.
constexpr int accepts_per_wake = 8;
constexpr std::chrono::milliseconds pause_when_out_of_sockets{100};
constexpr std::chrono::minutes between_lines{1};

error bind_error(const std::string& host, std::uint16_t port, const boost::system::error_code& ec) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return {errc::io, "cannot listen on " + (ipv6 ? '[' + host + ']' : host) + ':' +
                        std::to_string(port) + ": " + ec.message()};
}

using acceptor_type = asio::basic_socket_acceptor<tcp, loop_executor>;

// Opens the acceptor for what the host means; "*": every address, IPv6 and IPv4 where both are
// there.
tcp::endpoint open_for(acceptor_type& acceptor, const std::string& host, std::uint16_t port,
                       boost::system::error_code& ec) {
  if (host == "*") {
    acceptor.open(tcp::v6(), ec);
    if (!ec) acceptor.set_option(asio::ip::v6_only(false), ec);
    if (!ec) return {tcp::v6(), port};
    boost::system::error_code ignored;
    acceptor.close(ignored);
    acceptor.open(tcp::v4(), ec);
    return {tcp::v4(), port};
  }
  tcp::resolver resolver(acceptor.get_executor());
  const auto found = resolver.resolve(host, std::to_string(port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, ec);
  if (ec) return {};
  const auto endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), ec);
  return endpoint;
}

}  // namespace

struct listener::impl : std::enable_shared_from_this<listener::impl> {
  impl(event_loop& loop_in, accepted on_accept_in)
      : loop(loop_in),
        on_accept(std::move(on_accept_in)),
        acceptor(loop.asio().io.get_executor()),
        pause(loop.asio().io.get_executor()) {}

  void wait() {
    acceptor.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const auto& ec) {
      if (!ec) self->take();
    });
  }

  void take() {
    for (int i = 0; i < accepts_per_wake; ++i) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const int socket = ::accept4(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&from),
                                   &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        return rest();
      }
      on_accept(socket, ip_address::of(from));
    }
    wait();
  }

  // Out of descriptors or memory: the connections stay in the system's queue for a while.
  void rest() {
    say_failed(std::strerror(errno));
    pause.expires_after(pause_when_out_of_sockets);
    pause.async_wait([self = shared_from_this()](const auto& ec) {
      if (!ec) self->wait();
    });
  }

  // The first time at once, then at most once a minute, however often it is tried.
  void say_failed(const std::string& why) {
    ++failed;
    if (said_at && loop.now() < *said_at + between_lines) return;
    const std::string times = failed == 1 ? "" : " (" + std::to_string(failed) + " times)";
    diagnostics::warn("session", "connections cannot be accepted" + times + ": " + why);
    said_at = loop.now();
    failed = 0;
  }

  event_loop& loop;
  accepted on_accept;
  acceptor_type acceptor;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, loop_executor>
      pause;
  std::uint64_t failed = 0;  // since it was said
  std::optional<std::chrono::microseconds> said_at;
  std::uint16_t port = 0;
  bool closed = false;  // the owner's thread only
};

listener::listener(std::shared_ptr<impl> made) : impl_(std::move(made)) {}
listener::~listener() {
  close();
}
std::uint16_t listener::port() const {
  return impl_->port;
}

result<std::unique_ptr<listener>> listener::open(const std::string& host, std::uint16_t port,
                                                 event_loop& loop, accepted on_accept) {
  auto made = std::make_shared<impl>(loop, std::move(on_accept));
  boost::system::error_code ec;
  auto& acceptor = made->acceptor;
  const auto endpoint = open_for(acceptor, host, port, ec);
  if (ec) return bind_error(host, port, ec);
  acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  acceptor.bind(endpoint, ec);
  if (ec) return bind_error(host, port, ec);
  acceptor.listen(4096, ec);
  if (ec) return bind_error(host, port, ec);
  acceptor.non_blocking(true, ec);
  if (ec) return bind_error(host, port, ec);
  made->port = acceptor.local_endpoint(ec).port();
  made->loop.post([made] { made->wait(); });
  return std::unique_ptr<listener>(new listener(std::move(made)));
}

void listener::close() {
  if (std::exchange(impl_->closed, true)) return;
  auto done = std::make_shared<std::promise<void>>();
  auto closed = done->get_future();
  impl_->loop.post([made = impl_, done] {
    boost::system::error_code ignored;
    made->acceptor.close(ignored);
    made->pause.cancel();
    done->set_value();
  });
  done.reset();  // a loop that has stopped drops the promise, which ends the wait
  closed.wait();
}

}  // namespace roomlog
