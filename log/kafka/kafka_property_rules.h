// What holds for the properties that an operator passes through to librdkafka, by their names
// alone. Knows nothing of librdkafka, so that settings can be looked at without it.
#pragma once

#include <string_view>

#include "log/base/result.h"

namespace roomlog {

// Errors about a property begin with this and its name.
inline constexpr const char* kafka_property_prefix = "kafka.properties.";

// Whether `name` may be given; errc::invalid says why not.
result<> check_kafka_property(std::string_view name);
// Whether the value of this property is never shown.
bool is_secret_kafka_property(std::string_view name);

}  // namespace roomlog
