// The rows of the table of settings, by the files that hold them; settings.cpp puts them together.
// A new setting goes into the file of its section.
#pragma once

#include "app/config/settings.h"

namespace roomlog {

namespace setting_units {
inline constexpr std::int64_t kib = 1 << 10;
inline constexpr std::int64_t mib = 1 << 20;
inline constexpr std::int64_t gib = 1 << 30;
inline constexpr std::int64_t second = 1000;
}  // namespace setting_units

std::span<const setting> server_settings();  // data, server
std::span<const setting> log_settings();     // log, kafka, fold
std::span<const setting> client_settings();  // auth, limits, content, diagnostics

}  // namespace roomlog
