#include "pushers/http/request_target.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace roomlog {

std::optional<request_target> parse_request_target(std::string_view target) {
  namespace urls = boost::urls;
  const boost::core::string_view given(target.data(), target.size());
  const auto url =
      target.starts_with('/') ? urls::parse_origin_form(given) : urls::parse_absolute_uri(given);
  if (!url) return std::nullopt;
  request_target parsed;
  for (const auto& segment : url->segments()) parsed.path.push_back(segment);
  for (const auto& param : url->params(urls::encoding_opts{}))
    parsed.params.emplace_back(param.key, param.has_value ? param.value : "");
  return parsed;
}

}  // namespace roomlog
