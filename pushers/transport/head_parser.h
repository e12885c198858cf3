// The heads of one connection's HTTP requests, one after the other, out of the bytes as they come.
// What keeps them from being heads is said here; what they ask for is judged by request_rules.
// Beast is seen here; no socket is.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>
#include <string_view>

#include "pushers/transport/request_rules.h"

namespace roomlog {

class head_parser {
 public:
  // Holds no more of a head, nor of what comes behind it.
  explicit head_parser(std::size_t head_bytes_max)
      : head_bytes_max_(head_bytes_max), buffer_(head_bytes_max) {}

  // The next request; what came behind the last head is its beginning.
  void begin();
  enum class state { incomplete, whole, refused };
  state parse();
  // Where more bytes of an incomplete head go; nothing when there is no room for them: refused.
  boost::asio::mutable_buffer room();
  void commit(std::size_t bytes) { buffer_.commit(bytes); }

  // Of a whole head, until begin().
  request_head head() const;
  // It has a field that goes on in the next line, which RFC 9112 §5.2 lets a server refuse.
  bool is_folded() const { return folded_; }
  // Bytes that came behind it.
  std::string_view rest() const;
  // Why it was refused.
  http_response refusal() const;

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  const std::size_t head_bytes_max_;
  boost::beast::flat_buffer buffer_;  // what has come and is not parsed yet
  std::optional<parser> parser_;
  std::size_t parsed_bytes_ = 0;
  bool folded_ = false;
  boost::system::error_code error_;
};

}  // namespace roomlog
