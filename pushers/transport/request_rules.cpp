#include "pushers/transport/request_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pushers/transport/upgrade.h"

namespace roomlog {

namespace {

constexpr std::array<std::string_view, 9> known_methods{
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};

bool is_digit(unsigned char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(unsigned char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// uri-host [ ":" port ], by its characters (RFC 3986 §3.2.2).
bool is_host(std::string_view value) {
  constexpr std::string_view marks = "-._~%!$&'()*+,;=:[]";
  return std::ranges::all_of(value, [&](unsigned char c) {
    return is_alnum(c) || marks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// Of 16 bytes in base64 (RFC 6455 §4.1).
bool is_websocket_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, 22),
                             [](unsigned char c) { return is_alnum(c) || c == '+' || c == '/'; });
}

// "http://host/path?query" as "/path?query" (RFC 9112 §3.2.2); empty: not such a form.
std::string origin_of_absolute(std::string_view target) {
  const auto colon = target.find("://");
  if (colon == std::string_view::npos) return {};
  const auto scheme = target.substr(0, colon);
  constexpr std::array<std::string_view, 4> schemes{"http", "https", "ws", "wss"};
  if (std::ranges::none_of(schemes, [&](auto known) { return same_name(known, scheme); }))
    return {};
  const auto rest = target.substr(colon + 3);
  const auto host_end = std::min(rest.find_first_of("/?"), rest.size());
  if (host_end == 0 || !is_host(rest.substr(0, host_end))) return {};
  const auto path = rest.substr(host_end);
  return (path.starts_with('/') ? "" : "/") + std::string(path);
}

void refuse(head_ruling& verdict, unsigned status, std::string_view why) {
  if (verdict.refused != 0) return;
  verdict.refused = status;
  verdict.why = why;
}

void judge_target(const request_head& head, head_ruling& verdict) {
  if (std::ranges::find(known_methods, head.method) == known_methods.end())
    refuse(verdict, 501, "The method is not known here");
  if (head.target.starts_with('/') || (head.target == "*" && head.method == "OPTIONS"))
    verdict.target = head.target;
  else
    verdict.target = origin_of_absolute(head.target);
  if (verdict.target.empty()) refuse(verdict, 400, "The request target is not valid");
}

void judge_host(const request_head& head, head_ruling& verdict) {
  const auto hosts = count_of(head, "Host");
  if (hosts > 1) refuse(verdict, 400, "There is more than one Host field");
  if (hosts == 0 && head.version >= 11) refuse(verdict, 400, "The Host field is missing");
  if (hosts == 1 && !is_host(whole_list(head, "Host")))
    refuse(verdict, 400, "The Host field is not valid");
}

void judge_body(const request_head& head, head_ruling& verdict) {
  const auto lengths = count_of(head, "Content-Length");
  const auto length = whole_list(head, "Content-Length");
  if (lengths > 1) refuse(verdict, 400, "There is more than one Content-Length field");
  if (lengths == 1 && !is_number(length))
    refuse(verdict, 400, "The Content-Length field is not a number");
  const bool encoded = count_of(head, "Transfer-Encoding") != 0;
  if (encoded && lengths != 0)
    refuse(verdict, 400, "Content-Length and Transfer-Encoding exclude each other");
  if (encoded && head.version < 11) refuse(verdict, 400, "HTTP/1.0 knows no Transfer-Encoding");
  if (encoded && !same_name(whole_list(head, "Transfer-Encoding"), "chunked"))
    refuse(verdict, 501, "The only Transfer-Encoding that is known here is chunked");
  verdict.has_body = encoded || length.find_first_not_of('0') != std::string::npos;
}

// Where a body might follow, nothing behind the head can be told from it.
void judge_connection(const request_head& head, head_ruling& verdict) {
  const auto options = whole_list(head, "Connection");
  const bool keeps = head.version >= 11 || has_token(options, "keep-alive");
  if (!keeps || has_token(options, "close") || verdict.has_body || verdict.refused != 0)
    verdict.after = persistence::none;
  else if (head.version < 11)
    verdict.after = persistence::said;
  // HTTP/1.0 cannot upgrade (RFC 9110 §7.8).
  verdict.to_websocket = head.version >= 11 && has_token(options, "upgrade") &&
                         has_token(whole_list(head, "Upgrade"), "websocket");
}

http_response upgrade_required(std::string_view why) {
  auto problem = make_problem(426, {}, why);
  problem.fields = {
      {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Version", "13"}};
  return problem;
}

}  // namespace

std::string whole_list(const request_head& head, std::string_view name) {
  std::string list;
  bool first = true;
  for (const auto& [have, value] : head.fields) {
    if (!same_name(have, name)) continue;
    if (!std::exchange(first, false)) list += ", ";
    list += value;
  }
  return list;
}

std::size_t count_of(const request_head& head, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      head.fields, [&](const auto& field) { return same_name(field.first, name); }));
}

std::string_view path_of(std::string_view origin_form) {
  return origin_form.substr(0, origin_form.find('?'));
}

head_ruling judge_head(const request_head& head) {
  head_ruling verdict;
  judge_host(head, verdict);
  judge_body(head, verdict);
  judge_target(head, verdict);
  if (count_of(head, "Authorization") > 1)
    refuse(verdict, 400, "There is more than one Authorization field");
  const auto expected = whole_list(head, "Expect");
  if (!expected.empty() && !same_name(expected, "100-continue"))
    refuse(verdict, 417, "The only expectation that is known here is 100-continue");
  judge_connection(head, verdict);
  return verdict;
}

std::optional<http_response> judge_upgrade(const request_head& head, const head_ruling& verdict) {
  if (head.method != "GET") {
    auto problem = make_problem(405, {}, "This is a WebSocket endpoint");
    problem.fields = {{"Allow", "GET"}};
    return problem;
  }
  if (!verdict.to_websocket) return upgrade_required("This is a WebSocket endpoint");
  if (verdict.has_body) return make_problem(400, {}, "An upgrade has no body");
  if (count_of(head, "Sec-WebSocket-Version") != 1)
    return make_problem(400, {}, "There must be one Sec-WebSocket-Version field");
  if (whole_list(head, "Sec-WebSocket-Version") != "13")
    return upgrade_required("The WebSocket version must be 13");
  if (count_of(head, "Sec-WebSocket-Key") != 1 ||
      !is_websocket_key(whole_list(head, "Sec-WebSocket-Key")))
    return make_problem(400, {}, "Sec-WebSocket-Key must be 16 bytes in base64");
  return std::nullopt;
}

}  // namespace roomlog
