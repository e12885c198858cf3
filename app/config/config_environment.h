// Settings in the environment: ROOMLOG_SECTION__KEY.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roomlog {

// All variables of this process, as names and values.
std::vector<std::pair<std::string, std::string>> process_environment();

bool is_setting_variable(std::string_view variable);  // begins with ROOMLOG_
// "server.drain_notice" → "ROOMLOG_SERVER__DRAIN_NOTICE", and back; also of properties of Kafka.
std::string environment_name(std::string_view setting_name);
std::string setting_name(std::string_view variable);

}  // namespace roomlog
