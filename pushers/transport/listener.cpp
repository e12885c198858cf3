#include "pushers/transport/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <future>

#include "log/diagnostics.h"
#include "pushers/transport/loop_impl.h"

namespace roomlog {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Taken per wake, so that a storm of connections does not stall the loop's sessions.
constexpr int accepts_per_wake = 64;
constexpr std::chrono::milliseconds pause_when_out_of_sockets{100};

error bind_error(const std::string& host, std::uint16_t port, const boost::system::error_code& ec) {
  return {errc::io, "cannot listen on " + host + ":" + std::to_string(port) + ": " + ec.message()};
}

std::string peer_name(const sockaddr_storage& address) {
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), &address, sizeof(sockaddr_in6));
  return endpoint.address().to_string() + ':' + std::to_string(endpoint.port());
}

}  // namespace

struct listener::impl : std::enable_shared_from_this<listener::impl> {
  impl(std::vector<event_loop*> loops_in, accepted on_accept_in)
      : loops(std::move(loops_in)),
        on_accept(std::move(on_accept_in)),
        acceptor(loops.front()->asio().io.get_executor()),
        pause(loops.front()->asio().io.get_executor()) {}

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
      hand_over(socket, peer_name(from));
    }
    wait();
  }

  // Out of descriptors or memory: the connections stay in the system's queue for a while.
  void rest() {
    diagnostics::warn("session", std::string("cannot accept: ") + std::strerror(errno));
    pause.expires_after(pause_when_out_of_sockets);
    pause.async_wait([self = shared_from_this()](const auto& ec) {
      if (!ec) self->wait();
    });
  }

  void hand_over(int socket, std::string peer) {
    const auto index = turn++ % loops.size();
    if (index == 0) return on_accept(index, socket, std::move(peer));
    loops[index]->post([self = shared_from_this(), index, socket, peer = std::move(peer)] {
      self->on_accept(index, socket, peer);
    });
  }

  std::vector<event_loop*> loops;
  accepted on_accept;
  asio::basic_socket_acceptor<tcp, loop_executor> acceptor;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, loop_executor>
      pause;
  std::size_t turn = 0;
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
                                                 std::vector<event_loop*> loops,
                                                 accepted on_accept) {
  auto made = std::make_shared<impl>(std::move(loops), std::move(on_accept));
  boost::system::error_code ec;
  tcp::resolver resolver(made->acceptor.get_executor());
  const auto found = resolver.resolve(host, std::to_string(port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, ec);
  if (ec || found.empty()) return bind_error(host, port, ec);
  const auto endpoint = found.begin()->endpoint();
  auto& acceptor = made->acceptor;
  acceptor.open(endpoint.protocol(), ec);
  if (ec) return bind_error(host, port, ec);
  acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  acceptor.bind(endpoint, ec);
  if (ec) return bind_error(host, port, ec);
  acceptor.listen(4096, ec);
  if (ec) return bind_error(host, port, ec);
  acceptor.non_blocking(true, ec);
  if (ec) return bind_error(host, port, ec);
  made->port = acceptor.local_endpoint(ec).port();
  made->loops.front()->post([made] { made->wait(); });
  return std::unique_ptr<listener>(new listener(std::move(made)));
}

void listener::close() {
  if (std::exchange(impl_->closed, true)) return;
  auto done = std::make_shared<std::promise<void>>();
  auto closed = done->get_future();
  impl_->loops.front()->post([made = impl_, done] {
    boost::system::error_code ignored;
    made->acceptor.close(ignored);
    made->pause.cancel();
    done->set_value();
  });
  done.reset();  // a loop that has stopped drops the promise, which ends the wait
  closed.wait();
}

}  // namespace roomlog
