// How the dumps for people (to_json) write what JSON has no form for. Internal to the codec.
#pragma once

#include <string_view>

#include "log/base/hex.h"
#include "log/base/types.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/time_text.h"

namespace roomlog {

// As RFC 3339; microseconds where the year has no four digits; null where not set.
inline void dump_time(json_object& json, std::string_view name, timestamp t) {
  if (t.value == 0) {
    json.raw(name, "null");
  } else if (const auto text = time_text(t); parse_time_text(text) == t) {
    json.field(name, text);
  } else {
    append_json_number(json.value_of(name), t.value);
  }
}

}  // namespace roomlog
