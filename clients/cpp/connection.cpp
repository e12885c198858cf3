#include "clients/cpp/connection.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/parse.hpp>
#include <utility>

namespace roomlog::client {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t frame_bytes_max = 48 * 1024;  // below the server's 64 KiB
constexpr std::size_t message_bytes_max = 4 * 1024 * 1024;

}  // namespace

// Kept alive by its own pending operations; `events_` is nullptr once the owner is gone or closed()
// was called.
class connection::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::io_context& io, login as, events& to_tell)
      : ws_(io), resolver_(io), as_(std::move(as)), events_(&to_tell) {}

  void start(const target& to) {
    host_ = to.host;
    path_ = to.path;
    resolver_.async_resolve(to.host, to.port,
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
    aborted_ = why;
    cut();
    // The read that is cancelled may be told first; it has the same text.
    asio::post(ws_.get_executor(), [self = shared_from_this(), why] { self->ended({0, {}, why}); });
  }

  void leave() {
    events_ = nullptr;
    resolver_.cancel();
    if (!open_ || writing_) return cut();
    open_ = false;
    ws_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {});
  }

  bool is_open() const { return open_; }
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
      request.set("Authorization", "Bearer " + as_.token);
      request.set("Sec-WebSocket-Protocol", "roomlog.v1.json");
      request.set("User-Agent", as_.user_agent);
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
    while (!rest.empty() && events_ != nullptr && aborted_.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view frame = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!frame.empty()) take_frame(frame);
    }
    buffer_.clear();
    if (!aborted_.empty()) return;  // from within a call: ended() follows
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
    open_ ? give(value.get_object()) : take_before_open(value.get_object());
  }

  // Until the token is taken; of a token that is not, the close says more than the `error`.
  void take_before_open(const boost::json::object& frame) {
    const std::string type = text_of(frame, field_name::type);
    if (type == frame_name::hello) {
      greeting_ = greeting_of(frame);
    } else if (type == frame_name::authenticated) {
      open_ = true;
      events_->opened(greeting_);
    } else {
      events_->received(frame);
    }
  }

  void give(const boost::json::object& frame) {
    if (number_of(frame, field_name::id) != 0) return events_->answered(answer_of(frame), frame);
    const std::string type = text_of(frame, field_name::type);
    if (type == frame_name::pong) return;  // heard() tells
    if (type == frame_name::drain) {
      return events_->draining(std::chrono::milliseconds(number_of(frame, field_name::after_ms)));
    }
    events_->received(frame);
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
    closing why;
    why.text = aborted_.empty() ? what + ": " + ec.message() : aborted_;
    if (ec == websocket::error::closed) {
      why.code = ws_.reason().code;
      why.reason = std::string(ws_.reason().reason.data(), ws_.reason().reason.size());
      why.text = "closed by the server: " + std::to_string(why.code) + ' ' + why.reason;
    }
    ended(why);
  }

  void ended(const closing& why) {
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
  std::string host_, path_;
  login as_;
  greeting greeting_;
  events* events_;
  boost::beast::flat_buffer buffer_;
  std::string waiting_, outgoing_;
  std::string aborted_;  // why, or empty
  bool open_ = false, writing_ = false, flush_posted_ = false;
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
};

connection::connection(asio::io_context& io, const target& to, login as, events& to_tell)
    : impl_(std::make_shared<impl>(io, std::move(as), to_tell)) {
  impl_->start(to);
}

connection::~connection() {
  impl_->leave();
}
void connection::send(std::string_view object) {
  impl_->send(object);
}
bool connection::is_open() const {
  return impl_->is_open();
}
void connection::abort(const std::string& why) {
  impl_->abort(why);
}
std::chrono::steady_clock::time_point connection::heard() const {
  return impl_->heard();
}

}  // namespace roomlog::client
