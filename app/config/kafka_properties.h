// [kafka.properties]: settings whose names are librdkafka's, passed through as text. Which of them
// are refused or hidden is the engine's to say (log/kafka/kafka_property_rules.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace roomlog {

// "kafka.properties.sasl.password", and the table itself.
bool is_property(std::string_view setting_name);
// "sasl.password" → "kafka.properties.sasl.password".
std::string property_setting(std::string_view name);

// "ROOMLOG_KAFKA__PROPERTIES__SASL_PASSWORD" → "kafka.properties.sasl.password": librdkafka's names
// are of small letters, with dots and never a _. "…_FILE" keeps its last _.
std::optional<std::string> property_of_environment(std::string_view variable);

struct kafka_property {
  std::string name, value;
};
// `setting_name` begins with "kafka.properties.". Where it ends in _file, the value is what stands
// in that file; one line break at its end does not count. errc::invalid says what is wrong, also of
// a name that may not be given.
result<kafka_property> read_property(std::string_view setting_name, std::string_view value);

// "(hidden)" for passwords, keys and secrets.
std::string shown_property(std::string_view name, std::string_view value);

}  // namespace roomlog
