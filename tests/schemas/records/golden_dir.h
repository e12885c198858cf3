// Where the golden corpus is: tests/schemas/golden in the source tree.
#pragma once

#include <filesystem>

namespace roomlog::testing {

std::filesystem::path golden_dir();

}  // namespace roomlog::testing
