#include "tests/clients/cpp/scripted_peer.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <thread>

namespace roomlog::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

class line final : public peer_line {
 public:
  explicit line(tcp::socket socket) : ws_(std::move(socket)) {
    error_code ec;
    http::read(ws_.next_layer(), in_, request_, ec);
    if (!ec) ws_.accept(request_, ec);
  }

  std::string header(const std::string& name) const override { return std::string(request_[name]); }
  void say(const std::string& message) override {
    error_code ec;
    ws_.write(asio::buffer(message), ec);
  }
  std::string hear() override {
    boost::beast::flat_buffer message;
    error_code ec;
    ws_.read(message, ec);
    if (ec == websocket::error::closed) closed_with_ = ws_.reason().code;
    return ec ? "" : boost::beast::buffers_to_string(message.data());
  }
  void close(unsigned code, const std::string& reason) override {
    error_code ec;
    ws_.close({static_cast<websocket::close_code>(code), reason}, ec);
  }
  void cut() override {
    error_code ec;
    ws_.next_layer().close(ec);
  }
  unsigned close_code() const override { return closed_with_; }

 private:
  websocket::stream<tcp::socket, false> ws_;
  boost::beast::flat_buffer in_;
  http::request<http::empty_body> request_;
  unsigned closed_with_ = 0;
};

}  // namespace

class scripted_peer::impl {
 public:
  explicit impl(std::function<void(peer_line&)> serve)
      : port_(acceptor_.local_endpoint().port()), thread_([this, serve = std::move(serve)] {
          error_code ec;
          tcp::socket accepted = acceptor_.accept(ec);
          acceptor_.close();
          if (ec || ended_) return;
          line one(std::move(accepted));
          serve(one);
        }) {}
  ~impl() { join(); }

  std::uint16_t port() const { return port_; }
  void join() {
    if (!thread_.joinable()) return;
    ended_ = true;
    asio::io_context io;
    error_code ignored;
    // Wakes it if no client came.
    (void)tcp::socket(io).connect({asio::ip::make_address("127.0.0.1"), port_}, ignored);
    thread_.join();
  }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::uint16_t port_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

scripted_peer::scripted_peer(std::function<void(peer_line&)> serve)
    : impl_(std::make_unique<impl>(std::move(serve))) {}
scripted_peer::~scripted_peer() = default;
void scripted_peer::join() {
  impl_->join();
}
client::target scripted_peer::target() const {
  return {"127.0.0.1", std::to_string(impl_->port()), "/v1/ws"};
}

}  // namespace roomlog::testing
