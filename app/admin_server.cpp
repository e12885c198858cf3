#include "app/admin_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

namespace roomlog {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds idle_max{30};
constexpr std::size_t connections_max = 64;
constexpr std::size_t request_bytes_max = 8 * 1024;

using request = http::request<http::empty_body>;
using response = http::response<http::string_body>;

response respond(const request& asked, const admin_server::handler& answers) {
  response out;
  out.version(asked.version());
  out.keep_alive(asked.keep_alive());
  out.set(http::field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  if (asked.method() != http::verb::get && asked.method() != http::verb::head) {
    out.result(http::status::method_not_allowed);
    out.set(http::field::allow, "GET, HEAD");
    out.prepare_payload();
    return out;
  }
  const auto target = asked.target();
  admin_reply reply = answers(std::string_view(target.data(), target.size())
                                  .substr(0, std::min(target.find('?'), target.size())));
  out.result(reply.status);
  out.set(http::field::content_type, reply.content_type);
  out.body() = std::move(reply.body);
  out.prepare_payload();
  if (asked.method() == http::verb::head) out.body().clear();
  return out;
}

}  // namespace

// Everything runs on the one thread; stop() posts to it.
class admin_server::impl {
 public:
  explicit impl(handler answers) : answers_(std::move(answers)), acceptor_(loop_) {}

  result<> listen(const endpoint& wanted) {
    error_code failed;
    const auto refuse = [&](const error_code& why) {
      return error{errc::unavailable,
                   "server.admin_listen: " + to_string(wanted) + ": " + why.message()};
    };
    tcp::resolver resolver(loop_);
    const auto found =
        resolver.resolve(wanted.host, std::to_string(wanted.port), tcp::resolver::passive, failed);
    if (failed) return refuse(failed);
    const tcp::endpoint address = found.begin()->endpoint();
    acceptor_.open(address.protocol(), failed);
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor_.bind(address, failed);
    if (!failed) acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
    if (failed) return refuse(failed);
    where_ = {wanted.host, acceptor_.local_endpoint().port()};
    accept();
    thread_ = std::thread([this] { loop_.run(); });
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(loop_, [this] { loop_.stop(); });
    thread_.join();
  }

  const endpoint& where() const { return where_; }

 private:
  class connection;

  void accept();

  handler answers_;
  std::size_t open_ = 0;
  endpoint where_;
  asio::io_context loop_{1};
  asio::steady_timer retry_{loop_};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

class admin_server::impl::connection : public std::enable_shared_from_this<connection> {
 public:
  connection(impl& owner, tcp::socket socket)
      : owner_(owner), socket_(std::move(socket)), deadline_(socket_.get_executor()) {
    ++owner_.open_;
  }
  ~connection() { --owner_.open_; }

  void read() {
    parser_.emplace();
    parser_->header_limit(request_bytes_max);
    deadline_.expires_after(idle_max);
    deadline_.async_wait([self = weak_from_this()](const error_code& failed) {
      if (const auto alive = self.lock(); alive && !failed) alive->close();
    });
    http::async_read(socket_, buffer_, *parser_,
                     [self = shared_from_this()](const error_code& failed, std::size_t) {
                       if (failed) return self->close();
                       self->write();
                     });
  }

 private:
  void write() {
    response_ = respond(parser_->get(), owner_.answers_);
    http::async_write(socket_, response_,
                      [self = shared_from_this()](const error_code& failed, std::size_t) {
                        if (failed || !self->response_.keep_alive()) return self->close();
                        self->read();
                      });
  }

  void close() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    deadline_.cancel();
  }

  impl& owner_;
  tcp::socket socket_;
  asio::steady_timer deadline_;
  boost::beast::flat_buffer buffer_{request_bytes_max};
  std::optional<http::request_parser<http::empty_body>> parser_;
  response response_;
};

void admin_server::impl::accept() {
  acceptor_.async_accept([this](const error_code& failed, tcp::socket socket) {
    if (!failed && open_ < connections_max) {
      std::make_shared<connection>(*this, std::move(socket))->read();
    }
    if (failed == asio::error::operation_aborted) return;
    if (failed) {
      // Out of descriptors, as a rule: not in a tight loop.
      retry_.expires_after(std::chrono::milliseconds{100});
      retry_.async_wait([this](const error_code&) { accept(); });
    } else {
      accept();
    }
  });
}

admin_server::admin_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
admin_server::~admin_server() {
  stop();
}

result<std::unique_ptr<admin_server>> admin_server::start(const endpoint& where, handler answers) {
  auto made = std::make_unique<impl>(std::move(answers));
  if (auto listening = made->listen(where); !listening) return listening.error();
  return std::unique_ptr<admin_server>(new admin_server(std::move(made)));
}

const endpoint& admin_server::where() const {
  return impl_->where();
}
void admin_server::stop() {
  impl_->stop();
}

}  // namespace roomlog
