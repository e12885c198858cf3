#include "pushers/http_types.h"

#include <algorithm>
#include <cctype>

#include "schemas/json_writer.h"

namespace roomlog {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string_view http_request::field(std::string_view name) const {
  for (const auto& [have, value] : fields)
    if (same_name(have, name)) return value;
  return {};
}

http_response make_problem(unsigned status, std::string_view title, std::string_view code,
                           std::string_view detail) {
  http_response response;
  response.status = status;
  response.content_type = "application/problem+json";
  json_object problem(response.body);
  problem.field("type", "about:blank").field("title", title);
  problem.field("status", std::uint64_t{status});
  if (!code.empty()) problem.field("code", code);
  if (!detail.empty()) problem.field("detail", detail);
  problem.close();
  return response;
}

}  // namespace roomlog
