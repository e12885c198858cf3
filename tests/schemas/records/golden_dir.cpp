#include "tests/schemas/records/golden_dir.h"

namespace roomlog::testing {

std::filesystem::path golden_dir() {
  return ROOMLOG_GOLDEN_DIR;
}

}  // namespace roomlog::testing
