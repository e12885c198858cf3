// Integers and texts as the state stores and the hashes write them: big endian, so that the order
// of keys is the order of numbers.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "projections/store_error.h"

namespace roomlog {

static_assert(std::endian::native == std::endian::little, "bytes are swapped below");

// Writes sizeof(Int) bytes at `to` and returns where they end.
template <class Int>
char* write_big_endian(char* to, Int value) {
  // The value's bytes end up at the front of the swapped word.
  const std::uint64_t swapped =
      __builtin_bswap64(static_cast<std::uint64_t>(value) << (64 - 8 * sizeof(Int)));
  std::memcpy(to, &swapped, sizeof(Int));
  return to + sizeof(Int);
}

template <class Int>
void append_big_endian(std::string& out, Int value) {
  char bytes[sizeof(Int)];
  write_big_endian(bytes, value);
  out.append(bytes, sizeof(Int));
}

// 32-bit length, then the bytes.
inline void append_sized(std::string& out, std::string_view text) {
  append_big_endian(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

// Reads what was written by the functions above. Throws store_error when bytes are missing: stored
// values have checksums of their own, so that is a store made by another program.
class big_endian_reader {
 public:
  explicit big_endian_reader(std::string_view bytes) : rest_(bytes) {}

  template <class Int>
  Int number() {
    std::uint64_t word = 0;
    std::memcpy(&word, take(sizeof(Int)).data(), sizeof(Int));
    return static_cast<Int>(__builtin_bswap64(word) >> (64 - 8 * sizeof(Int)));
  }
  std::string_view bytes(std::size_t n) { return take(n); }
  std::string_view sized() { return take(number<std::uint32_t>()); }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view take(std::size_t n) {
    if (n > rest_.size()) throw store_error("a stored value is too short");
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::string_view rest_;
};

}  // namespace roomlog
