#include "pushers/http/http_router.h"

#include <algorithm>
#include <utility>

namespace roomlog {

namespace {

bool is_name(std::string_view segment) {
  return segment.starts_with('{');
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::ranges::equal(pattern, path, [](const auto& wanted, const auto& given) {
    return is_name(wanted) ? !given.empty() : wanted == given;
  });
}

std::vector<std::string> names_of(const std::vector<std::string>& pattern,
                                  std::vector<std::string>& path) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (is_name(pattern[i])) names.push_back(std::move(path[i]));
  return names;
}

// RFC 9110 §15.5.6.
http_response not_allowed(const std::vector<std::string_view>& methods) {
  const bool reads_only = std::ranges::all_of(methods, [](auto m) { return m == "GET"; });
  std::string allow;
  for (const auto method : methods) {
    if (!allow.empty()) allow += ", ";
    allow += method;
    if (method == "GET") allow += ", HEAD";
  }
  auto problem = make_problem(
      405, {}, reads_only ? "This path is read only" : "This path does not take this method");
  problem.fields.emplace_back("Allow", std::move(allow));
  return problem;
}

}  // namespace

void http_router::add(std::string method, std::string_view pattern, handler answers) {
  std::vector<std::string> segments;
  for (std::size_t at = 1; at < pattern.size();) {
    const auto end = std::min(pattern.find('/', at), pattern.size());
    segments.emplace_back(pattern.substr(at, end - at));
    at = end + 1;
  }
  routes_.push_back({std::move(method), std::move(segments), std::move(answers)});
}

void http_router::answer(http_request request, http_reply reply) const {
  // RFC 9110 §9.3.7: of `OPTIONS *` the target is the server, whose methods are those of its paths.
  const bool whole_server = request.method == "OPTIONS" && request.target == "*";
  auto target = parse_request_target(request.target);
  const std::string_view method = request.method;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::vector<std::string_view> others;  // methods that the path takes
  for (const auto& route : routes_) {
    if (!whole_server && !(target && fits(route.pattern, target->path))) continue;
    if (!whole_server && route.method == wanted) {
      auto names = names_of(route.pattern, target->path);
      return route.answers({std::move(request), std::move(names), std::move(target->params)},
                           std::move(reply));
    }
    if (std::ranges::find(others, route.method) == others.end()) others.push_back(route.method);
  }
  reply(others.empty() ? make_problem(404, {}, unknown_path_) : not_allowed(others));
}

}  // namespace roomlog
