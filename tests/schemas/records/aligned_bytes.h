// A copy of exactly as many bytes as given, aligned to 16 as a record batch aligns them: an address
// sanitizer sees any read past the end.
#pragma once

#include <xxhash.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "log/record.h"

namespace roomlog::testing {

class aligned_bytes {
 public:
  explicit aligned_bytes(std::string_view bytes)
      : size_(bytes.size()), bytes_(std::make_unique<std::byte[]>(bytes.size())) {
    if (size_ != 0) std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  byte_view view() const { return {bytes_.get(), size_}; }
  std::byte& operator[](std::size_t i) { return bytes_[i]; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
};

// `buffer` with the right checksum behind it, whatever it holds.
inline std::string with_checksum(std::string_view buffer) {
  std::string value(buffer);
  const std::uint64_t checksum = XXH3_64bits(buffer.data(), buffer.size());
  for (int i = 0; i < 8; ++i) value += static_cast<char>(checksum >> (8 * i) & 0xFF);
  return value;
}

}  // namespace roomlog::testing
