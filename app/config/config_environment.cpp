#include "app/config/config_environment.h"

#include <algorithm>

#include "app/config/kafka_properties.h"

extern char** environ;

namespace roomlog {
namespace {

constexpr std::string_view prefix = "ROOMLOG_";

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

bool is_setting_variable(std::string_view variable) {
  return variable.starts_with(prefix);
}

std::string environment_name(std::string_view setting_name) {
  std::string out(prefix);
  for (const char c : setting_name) {
    if (c == '.') {
      out += "__";
    } else {
      out += upper(c);
    }
  }
  return out;
}

std::string setting_name(std::string_view variable) {
  if (auto property = property_of_environment(variable)) return *std::move(property);
  std::string out(variable.substr(prefix.size()));
  std::ranges::transform(out, out.begin(), lower);
  const auto dot = out.find("__");
  if (dot == std::string::npos) return out;
  return out.substr(0, dot) + '.' + out.substr(dot + 2);
}

}  // namespace roomlog
