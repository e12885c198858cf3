// What one command may hold (docs/protocol.md §3).
#pragma once

#include <cstddef>

#include "schemas/protocol/protocol_features.h"

namespace roomlog {

struct parser_limits {
  std::size_t text_code_points_max = 4000;
  std::size_t content_bytes_max = 16384;  // text, metadata, attachments, signature as compact JSON
  std::size_t title_code_points_max = 256;
  std::size_t create_members_max = 100;
  protocol_features features{};  // commands of those that are off are unknown
};

}  // namespace roomlog
