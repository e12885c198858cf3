// The rows of the table of settings, by the files that hold them; settings.cpp puts them together.
// A new setting goes into its section in `config` and into the file of that section here.
#pragma once

#include <chrono>
#include <concepts>
#include <filesystem>
#include <type_traits>

#include "app/config/config.h"
#include "app/config/setting_units.h"
#include "app/config/settings.h"

namespace roomlog {

template <class T>
concept numeric_member = (std::integral<T> && !std::same_as<T, bool>) || std::is_enum_v<T>;

// A member of `config` as the value of its setting.
template <class T>
setting_value value_of(const T& member) {
  if constexpr (numeric_member<T>) {
    return static_cast<std::int64_t>(member);
  } else if constexpr (std::same_as<T, std::chrono::milliseconds>) {
    return std::int64_t{member.count()};
  } else if constexpr (std::same_as<T, std::filesystem::path>) {
    return member.string();
  } else {
    return member;
  }
}

template <class T>
void assign(T& member, const setting_value& value) {
  if constexpr (numeric_member<T>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::same_as<T, std::chrono::milliseconds>) {
    member = std::chrono::milliseconds{std::get<std::int64_t>(value)};
  } else if constexpr (std::same_as<T, std::filesystem::path>) {
    member = std::get<std::string>(value);
  } else {
    member = std::get<T>(value);
  }
}

// A row's name and its member in `config`, out of one word, so that the two cannot differ.
#define ROOMLOG_SETTING(member)                                                \
  .name = #member, .read = [](const config& c) { return value_of(c.member); }, \
  .write = [](config& c, const setting_value& value) { assign(c.member, value); }

std::span<const setting> server_settings();   // data, server
std::span<const setting> log_settings();      // log, kafka, fold
std::span<const setting> auth_settings();     // auth
std::span<const setting> limit_settings();    // limits
std::span<const setting> content_settings();  // features, content, diagnostics

}  // namespace roomlog
