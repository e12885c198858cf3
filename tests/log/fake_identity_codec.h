// A descriptor as text, "log <epoch> <partitions> <format version>": tests of the log need no
// schema.
#pragma once

#include <sstream>

#include "log/identity.h"

namespace roomlog::testing {

class fake_identity_codec final : public identity_codec {
 public:
  std::string encode(const log_identity& identity) const override {
    return "log " + identity.epoch + " " + std::to_string(identity.partitions) + " " +
           std::to_string(identity.format_version);
  }
  result<log_identity> decode(byte_view value) const override {
    std::istringstream words{std::string(as_text(value))};
    std::string head;
    log_identity identity;
    words >> head >> identity.epoch >> identity.partitions >> identity.format_version;
    if (!words || head != "log") return error{errc::malformed, "these bytes are no descriptor"};
    return identity;
  }
};

}  // namespace roomlog::testing
