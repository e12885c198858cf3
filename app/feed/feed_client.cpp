#include "app/feed/feed_client.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace roomlog {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t frame_bytes_max = 48 * 1024;  // below the server's 64 KiB
constexpr std::size_t message_bytes_max = 4 * 1024 * 1024;

}  // namespace

result<feed_target> parse_feed_url(std::string_view text) {
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  const std::string named = "the URL \"" + std::string(text) + "\"";
  if (!url) return error{errc::invalid, named + " is not valid: " + url.error().message()};
  if (url->scheme() != "ws") return error{errc::invalid, named + " must begin with ws://"};
  if (url->host().empty()) return error{errc::invalid, named + " does not name a host"};
  if (url->has_port() && url->port_number() == 0) {
    return error{errc::invalid, named + " does not have a valid port"};
  }
  feed_target target;
  target.host = url->host_address();
  target.port = url->has_port() ? std::string(url->port()) : "80";
  target.path = url->encoded_target().empty() ? "/v1/ws" : std::string(url->encoded_target());
  if (target.path == "/") target.path = "/v1/ws";
  return target;
}

// Kept alive by its own pending operations; `events_` is nullptr once the owner is gone or closed()
// was called.
class feed_client::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::io_context& io, std::string token, feed_client_events& events)
      : ws_(io), resolver_(io), token_(std::move(token)), events_(&events) {}

  void start(const feed_target& target) {
    host_ = target.host;
    path_ = target.path;
    resolver_.async_resolve(target.host, target.port,
                            [self = shared_from_this()](error_code ec, const auto& found) {
                              if (ec) return self->lost("resolve " + self->host_, ec);
                              self->connect(found);
                            });
  }

  void send(std::string_view object) {
    if (!waiting_.empty()) waiting_ += '\n';
    waiting_ += object;
    if (writing_ || flush_posted_) return;
    flush_posted_ = true;  // one frame for all that is sent in this turn of the loop
    asio::post(ws_.get_executor(), [self = shared_from_this()] {
      self->flush_posted_ = false;
      self->write();
    });
  }

  void abort(const std::string& why) {
    cut();
    asio::post(ws_.get_executor(), [self = shared_from_this(), why] { self->ended({0, {}, why}); });
  }

  void leave() {
    events_ = nullptr;
    resolver_.cancel();
    if (!open_ || writing_) return cut();
    open_ = false;
    ws_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {});
  }

  bool open() const { return open_; }
  std::chrono::steady_clock::time_point heard() const { return heard_; }

 private:
  using stream = websocket::stream<tcp::socket, false>;

  void connect(const tcp::resolver::results_type& found) {
    if (events_ == nullptr) return;
    auto next = std::make_shared<tcp::resolver::results_type>(found);
    connect_to(next, next->begin());
  }

  void connect_to(std::shared_ptr<tcp::resolver::results_type> found,
                  tcp::resolver::results_type::const_iterator at) {
    error_code ignored;
    ws_.next_layer().close(ignored);
    ws_.next_layer().async_connect(at->endpoint(),
                                   [self = shared_from_this(), found, at](error_code ec) mutable {
                                     if (self->events_ == nullptr) return self->cut();
                                     if (ec && ++at != found->end())
                                       return self->connect_to(found, at);
                                     if (ec) return self->lost("connect to " + self->host_, ec);
                                     self->upgrade();
                                   });
  }

  void upgrade() {
    error_code ignored;
    ws_.next_layer().set_option(tcp::no_delay(true), ignored);
    ws_.auto_fragment(false);
    ws_.read_message_max(message_bytes_max);
    ws_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set("Authorization", "Bearer " + token_);
      request.set("Sec-WebSocket-Protocol", "roomlog.v1.json");
      request.set("User-Agent", "roomlog-feed");
    }));
    ws_.async_handshake(host_, path_, [self = shared_from_this()](error_code ec) {
      if (self->events_ == nullptr) return self->cut();
      if (ec) return self->lost("upgrade", ec);
      self->read();
    });
  }

  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (self->events_ == nullptr) return;
      if (ec) return self->lost("read", ec);
      self->take();
    });
  }

  // The frames of one message, separated by newlines.
  void take() {
    heard_ = std::chrono::steady_clock::now();
    const auto data = buffer_.cdata();
    std::string_view rest(static_cast<const char*>(data.data()), data.size());
    while (!rest.empty() && events_ != nullptr) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view frame = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!frame.empty()) take_frame(frame);
    }
    buffer_.clear();
    if (events_ != nullptr) events_->batch_done();
    if (events_ != nullptr) read();
  }

  void take_frame(std::string_view text) {
    error_code ec;
    const auto value = boost::json::parse({text.data(), text.size()}, ec);
    if (ec || !value.is_object()) {
      cut();
      return ended({0, {}, "the server sent a frame that is not a JSON object"});
    }
    const auto& frame = value.get_object();
    const auto* type = frame.if_contains("type");
    if (!open_ && type != nullptr && *type == "authenticated") {
      open_ = true;
      return events_->opened();
    }
    events_->replied(frame);
  }

  void write() {
    if (!open_ || writing_ || waiting_.empty()) return;
    writing_ = true;
    const std::size_t end = frame_end();
    outgoing_.assign(waiting_, 0, end);
    waiting_.erase(0, std::min(end + 1, waiting_.size()));
    ws_.async_write(asio::buffer(outgoing_),
                    [self = shared_from_this()](error_code ec, std::size_t) {
                      self->writing_ = false;
                      if (self->events_ == nullptr) return self->cut();
                      if (!ec)
                        self->write();  // an error shows in the read as well, with the close code
                    });
  }

  // As many whole objects as fit into one frame, at least one.
  std::size_t frame_end() const {
    if (waiting_.size() <= frame_bytes_max) return waiting_.size();
    const std::size_t last = waiting_.rfind('\n', frame_bytes_max);
    return std::min(last != std::string::npos ? last : waiting_.find('\n'), waiting_.size());
  }

  void lost(const std::string& what, error_code ec) {
    cut();
    feed_close why;
    why.text = what + ": " + ec.message();
    if (ec == websocket::error::closed) {
      why.code = ws_.reason().code;
      why.reason = std::string(ws_.reason().reason.data(), ws_.reason().reason.size());
      why.text = "closed by the server: " + std::to_string(why.code) + ' ' + why.reason;
    }
    ended(why);
  }

  void ended(const feed_close& why) {
    if (events_ == nullptr) return;
    std::exchange(events_, nullptr)->closed(why);
  }

  void cut() {
    open_ = false;
    error_code ignored;
    ws_.next_layer().close(ignored);
  }

  stream ws_;
  tcp::resolver resolver_;
  std::string host_, path_, token_;
  feed_client_events* events_;
  boost::beast::flat_buffer buffer_;
  std::string waiting_, outgoing_;
  bool open_ = false, writing_ = false, flush_posted_ = false;
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
};

feed_client::feed_client(boost::asio::io_context& io, const feed_target& target, std::string token,
                         feed_client_events& events)
    : impl_(std::make_shared<impl>(io, std::move(token), events)) {
  impl_->start(target);
}

feed_client::~feed_client() {
  impl_->leave();
}
void feed_client::send(std::string_view object) {
  impl_->send(object);
}
bool feed_client::open() const {
  return impl_->open();
}
void feed_client::abort(const std::string& why) {
  impl_->abort(why);
}
std::chrono::steady_clock::time_point feed_client::heard() const {
  return impl_->heard();
}

}  // namespace roomlog
