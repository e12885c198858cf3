#include "app/config/kafka_properties.h"

#include <algorithm>

#include "app/config/settings.h"
#include "log/base/posix_file.h"
#include "log/kafka/kafka_property_rules.h"
#include "schemas/text/text_encoding.h"

namespace roomlog {
namespace {

constexpr std::string_view variable_prefix = "ROOMLOG_KAFKA__PROPERTIES__";
constexpr std::string_view file_suffix = "_file";

std::string name_prefix() {
  return std::string(property_table().name) + '.';
}

bool can_be_a_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace

bool is_property(std::string_view setting_name) {
  return setting_name == property_table().name || setting_name.starts_with(name_prefix());
}

std::string property_setting(std::string_view name) {
  return name_prefix().append(name);
}

std::optional<std::string> property_of_environment(std::string_view variable) {
  if (!variable.starts_with(variable_prefix)) return std::nullopt;
  std::string name(variable.substr(variable_prefix.size()));
  std::ranges::transform(name, name.begin(), [](char c) {
    if (c == '_') return '.';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  constexpr std::string_view dotted_suffix = ".file";
  if (name.ends_with(dotted_suffix)) name[name.size() - dotted_suffix.size()] = '_';
  return property_setting(name);
}

result<kafka_property> read_property(std::string_view setting_name, std::string_view value) {
  const std::string prefix = name_prefix();
  kafka_property out{{}, std::string(value)};
  if (setting_name.size() > prefix.size()) out.name = setting_name.substr(prefix.size());
  if (out.name == file_suffix || !can_be_a_name(out.name)) {
    return error{errc::invalid, std::string(setting_name) + " must name a property of librdkafka"};
  }
  if (value.find('\0') != std::string_view::npos) {
    return error{errc::invalid, std::string(setting_name) + " must not hold a zero byte"};
  }
  const bool is_in_file = out.name.ends_with(file_suffix);
  if (is_in_file) out.name.resize(out.name.size() - file_suffix.size());
  if (auto allowed = check_kafka_property(out.name); !allowed) return allowed.error();
  if (!is_in_file) return out;
  auto read = read_file(out.value);
  if (!read) return error{errc::invalid, std::string(setting_name) + ": " + read.error().text};
  const auto secret = secret_without_mark(*read, out.value);
  if (!secret) {
    return error{errc::invalid, std::string(setting_name) + ": " + secret.error().text};
  }
  out.value = *secret;
  if (out.value.ends_with('\n')) out.value.pop_back();
  if (out.value.ends_with('\r')) out.value.pop_back();
  return out;
}

std::string shown_property(std::string_view name, std::string_view value) {
  return !value.empty() && is_secret_kafka_property(name) ? "(hidden)" : std::string(value);
}

}  // namespace roomlog
