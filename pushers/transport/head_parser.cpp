#include "pushers/transport/head_parser.h"

#include <algorithm>
#include <limits>

namespace roomlog {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t read_bytes = 2048;

std::string_view view_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool has_folded_line(std::string_view head) {
  return head.find("\r\n ") != std::string_view::npos ||
         head.find("\r\n\t") != std::string_view::npos;
}

// A request line that is whole and of another version than the parser knows.
bool has_other_version(std::string_view head) {
  constexpr std::string_view sample = " HTTP/2.0";
  const auto line = head.substr(0, head.find("\r\n"));
  return line.size() < head.size() && line.size() > sample.size() &&
         line.substr(line.size() - sample.size()).starts_with(" HTTP/") &&
         line[line.size() - 2] == '.';
}

}  // namespace

void head_parser::begin() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(head_bytes_max_));
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // none is read
  parsed_bytes_ = 0;
  folded_ = false;
  if (buffer_.size() == 0) buffer_.shrink_to_fit();
}

std::string_view head_parser::rest() const {
  return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

boost::asio::mutable_buffer head_parser::room() {
  const auto free = head_bytes_max_ - std::min(head_bytes_max_, buffer_.size());
  if (free == 0) {
    error_ = http::error::header_limit;
    return {};
  }
  return buffer_.prepare(std::min(free, read_bytes));
}

head_parser::state head_parser::parse() {
  // Empty lines before a request are of the one before it (RFC 9112 §2.2).
  if (parsed_bytes_ == 0)
    while (rest().starts_with("\r\n")) buffer_.consume(2);
  if (rest().empty() || rest() == "\r") return state::incomplete;
  boost::system::error_code ec;
  const auto used = parser_->put(buffer_.data(), ec);
  folded_ = folded_ || has_folded_line(rest().substr(0, used));
  parsed_bytes_ += used;
  buffer_.consume(used);
  const bool incomplete = ec == http::error::need_more;
  // The library holds the request line and the fields against the limit each by itself.
  if (parsed_bytes_ + (incomplete ? buffer_.size() : 0) > head_bytes_max_)
    ec = http::error::header_limit;
  else if (incomplete)
    return state::incomplete;
  error_ = ec;
  return ec ? state::refused : state::whole;
}

request_head head_parser::head() const {
  const auto& parsed = parser_->get();
  request_head head;
  head.method = view_of(parsed.method_string());
  head.target = view_of(parsed.target());
  head.version = parsed.version();
  for (const auto& field : parsed)
    head.fields.emplace_back(view_of(field.name_string()), view_of(field.value()));
  return head;
}

http_response head_parser::refusal() const {
  if (error_ == http::error::header_limit)
    return make_problem(
        431, {}, "The head of a request has at most " + std::to_string(head_bytes_max_) + " bytes");
  if (error_ == http::error::bad_version && has_other_version(rest()))
    return make_problem(505, {}, "The HTTP versions that are known here are 1.0 and 1.1");
  return make_problem(400, {}, "This is not a request of HTTP/1.1: " + error_.message());
}

}  // namespace roomlog
