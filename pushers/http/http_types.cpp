#include "pushers/http/http_types.h"

#include <algorithm>
#include <cctype>

#include "schemas/text/json_writer.h"

namespace roomlog {

namespace {

const char* reason_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";  // RFC 9112 §4: may be empty
  }
}

unsigned status_of(error_code code) {
  switch (code) {
    case error_code::bad_json:
    case error_code::unknown_type:
    case error_code::invalid_field:
    case error_code::missing_fields:
    case error_code::message_too_long:
    case error_code::prohibited_content:
      return 400;
    case error_code::unauthorized:
    case error_code::token_malformed:
    case error_code::token_signature:
    case error_code::token_expired:
    case error_code::token_claims:
      return 401;
    case error_code::no_permission:
    case error_code::not_member:
      return 403;
    case error_code::unknown_room:
      return 404;
    case error_code::room_exists:
    case error_code::room_closed:
    case error_code::cid_conflict:
    case error_code::epoch_changed:
      return 409;
    case error_code::misdirected:
      return 421;  // RFC 9110 §15.5.20
    case error_code::rate_limited:
      return 429;
    case error_code::expired:
    case error_code::predecessor_missing:
    case error_code::overloaded:
    case error_code::unavailable:
      return 503;
    case error_code::unknown_outcome:
      return 504;
    case error_code::internal:
      return 500;
  }
  return 500;
}

// RFC 6750 §3: a request without any token is told the scheme only.
const char* challenge_of(error_code code) {
  return code == error_code::unauthorized ? "Bearer realm=\"roomlog\""
                                          : "Bearer realm=\"roomlog\", error=\"invalid_token\"";
}

}  // namespace

std::string_view http_request::field(std::string_view name) const {
  for (const auto& [have, value] : fields)
    if (same_name(have, name)) return value;
  return {};
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string response_head(const http_response& response, persistence after, body_framing framing) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += reason_of(response.status);
  head += "\r\nContent-Type: " + response.content_type;
  head += "\r\nX-Content-Type-Options: nosniff";
  if (framing == body_framing::length)
    head += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (framing == body_framing::chunked) head += "\r\nTransfer-Encoding: chunked";
  if (after == persistence::none) head += "\r\nConnection: close";
  if (after == persistence::said) head += "\r\nConnection: keep-alive";
  for (const auto& [name, value] : response.fields) head += "\r\n" + name + ": " + value;
  return head + "\r\n\r\n";
}

namespace {

http_response problem_of(unsigned status, std::string_view code, std::string_view detail,
                         std::string_view limit) {
  http_response response;
  response.status = status;
  response.content_type = "application/problem+json";
  json_object problem(response.body);
  problem.field("type", "about:blank").field("title", reason_of(status));
  problem.field("status", std::uint64_t{status});
  if (!code.empty()) problem.field("code", code);
  if (!detail.empty()) problem.field("detail", detail);
  if (!limit.empty()) problem.field("limit", limit);
  problem.close();
  response.body = without_markup(std::move(response.body));
  return response;
}

}  // namespace

http_response make_problem(unsigned status, std::string_view code, std::string_view detail) {
  return problem_of(status, code, detail, {});
}

http_response make_problem(const client_error& e) {
  const unsigned status = status_of(e.code);
  auto response = problem_of(status, to_string(e.code), e.message, e.limit);
  if (status == 401) response.fields.emplace_back("WWW-Authenticate", challenge_of(e.code));
  if ((status == 429 || status == 503) && e.temporary) {
    const std::uint32_t seconds = (e.retry_after_ms.value_or(1'000) + 999) / 1'000;
    response.fields.emplace_back("Retry-After", std::to_string(seconds));
  }
  return response;
}

}  // namespace roomlog
