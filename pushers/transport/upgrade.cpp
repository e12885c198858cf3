#include "pushers/transport/upgrade.h"

#include <algorithm>
#include <cctype>

#include "pushers/http/http_types.h"

namespace roomlog {

namespace {

constexpr std::string_view scheme = "bearer ";
constexpr std::string_view prefix = "bearer.";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `each` with every name of the list until it says true.
template <class Each>
bool any_name(std::string_view list, Each each) {
  while (!list.empty()) {
    const auto name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    if (each(trimmed(name))) return true;
  }
  return false;
}

}  // namespace

std::string token_of_upgrade(std::string_view authorization, std::string_view protocols) {
  const bool bearer = authorization.size() > scheme.size() &&
                      std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                                 [](char want, unsigned char have) {
                                   return want == static_cast<char>(std::tolower(have));
                                 });
  if (bearer) return std::string(trimmed(authorization.substr(scheme.size())));
  std::string token;
  any_name(protocols, [&](std::string_view name) {
    if (name.substr(0, prefix.size()) != prefix) return false;
    token = name.substr(prefix.size());
    return true;
  });
  return token;
}

bool has_token(std::string_view list, std::string_view token) {
  return any_name(list, [&](std::string_view name) { return same_name(name, token); });
}

bool offers_protocol(std::string_view protocols, std::string_view protocol) {
  return !protocol.empty() &&
         any_name(protocols, [&](std::string_view name) { return name == protocol; });
}

}  // namespace roomlog
