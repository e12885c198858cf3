// The stream under the WebSocket library. Writes do not go to the socket: they are appended to the
// connection's output buffer, which the loop sends at the end of its tick, so that the library's
// own frames (handshake, pong, close) and ours are in one order. Reads wait until the socket is
// readable and then take what is there; they are held back while too much output waits.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pushers/transport/loop_impl.h"
#include "pushers/transport/output_buffer.h"

namespace roomlog {

using io_error = boost::system::error_code;

// A read that waits to be let go.
class held_read {
 public:
  virtual ~held_read() = default;
  virtual void go_on() = 0;
};

// What the stream needs of its connection, which owns it and outlives every operation.
class tick_io {
 public:
  explicit tick_io(const loop_executor& executor) : socket(executor) {}

  tcp_socket socket;
  output_buffer out;
  std::string early;  // bytes that were read together with the request
  std::unique_ptr<held_read> held;

  // What the library writes: control frames, each whole, and the handshake.
  virtual void put(std::string_view bytes) = 0;
  virtual bool holds_reads() const = 0;
  virtual void on_received() = 0;

  void let_reads_go() {
    if (auto read = std::move(held)) read->go_on();
  }

 protected:
  ~tick_io() = default;
};

class tick_stream {
 public:
  using executor_type = loop_executor;
  using next_layer_type = tcp_socket;

  explicit tick_stream(tick_io* io) : io_(io) {}
  executor_type get_executor() const noexcept { return io_->socket.get_executor(); }
  next_layer_type& next_layer() noexcept { return io_->socket; }
  const next_layer_type& next_layer() const noexcept { return io_->socket; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(io_error, std::size_t)>(
        [io = io_](auto handler, const Buffers& into) {
          read_op<Buffers, decltype(handler)>::start(io, into, std::move(handler));
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(io_error, std::size_t)>(
        [io = io_](auto handler, const Buffers& from) {
          const auto end = boost::asio::buffer_sequence_end(from);
          for (auto at = boost::asio::buffer_sequence_begin(from); at != end; ++at) {
            const boost::asio::const_buffer piece(*at);
            io->put({static_cast<const char*>(piece.data()), piece.size()});
          }
          const auto bytes = boost::asio::buffer_size(from);
          boost::asio::post(io->socket.get_executor(), boost::beast::bind_front_handler(
                                                           std::move(handler), io_error{}, bytes));
        },
        token, buffers);
  }

 private:
  template <class Buffers, class Handler>
  struct read_op {
    tick_io* io;
    Buffers buffers;
    Handler handler;

    static void start(tick_io* io, const Buffers& into, Handler handler) {
      if (!io->early.empty()) return take_early(io, into, std::move(handler));
      read_op op{io, into, std::move(handler)};
      if (!io->holds_reads()) return wait(std::move(op));
      struct held_op final : held_read {
        explicit held_op(read_op op_in) : op(std::move(op_in)) {}
        void go_on() override { wait(std::move(op)); }
        read_op op;
      };
      io->held = std::make_unique<held_op>(std::move(op));
    }

    static void take_early(tick_io* io, const Buffers& into, Handler handler) {
      const auto bytes = boost::asio::buffer_copy(into, boost::asio::buffer(io->early));
      io->early.erase(0, bytes);
      if (io->early.empty()) std::string().swap(io->early);
      boost::asio::post(io->socket.get_executor(),
                        boost::beast::bind_front_handler(std::move(handler), io_error{}, bytes));
    }

    static void wait(read_op op) {
      auto& socket = op.io->socket;
      socket.async_wait(tcp_socket::wait_read, std::move(op));
    }

    // Readable, or broken.
    void operator()(io_error ec) {
      if (ec) return handler(ec, std::size_t{0});
      iovec pieces[4];
      msghdr message{};
      message.msg_iov = pieces;
      const auto end = boost::asio::buffer_sequence_end(buffers);
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != end && message.msg_iovlen < std::size(pieces); ++at) {
        const boost::asio::mutable_buffer piece(*at);
        if (piece.size() != 0) pieces[message.msg_iovlen++] = {piece.data(), piece.size()};
      }
      const auto got = ::recvmsg(io->socket.native_handle(), &message, MSG_DONTWAIT);
      if (got > 0) {
        io->on_received();
        return handler(io_error{}, static_cast<std::size_t>(got));
      }
      if (got == 0) return handler(boost::asio::error::eof, std::size_t{0});
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return wait(std::move(*this));
      handler(io_error(errno, boost::system::system_category()), std::size_t{0});
    }
  };

  tick_io* io_;
};

// The connection closes its socket itself, once the output is sent.
inline void teardown(boost::beast::role_type, tick_stream&, io_error& ec) {
  ec = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type, tick_stream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler), io_error{}));
}

}  // namespace roomlog
