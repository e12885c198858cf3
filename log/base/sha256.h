// SHA-256 (FIPS 180-4) through OpenSSL. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace roomlog {

std::array<std::byte, 32> sha256(std::string_view bytes);

}  // namespace roomlog
