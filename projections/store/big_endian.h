// Integers and texts as the state stores and the hashes write them: big endian, so that the order
// of keys is the order of numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "log/base/bytes.h"
#include "projections/store/store_error.h"

namespace roomlog {

// Writes sizeof(Int) bytes at `to` and returns where they end.
template <class Int>
char* write_big_endian(char* to, Int value) {
  store_big(to, static_cast<std::make_unsigned_t<Int>>(value));
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
class big_endian_decoder {
 public:
  explicit big_endian_decoder(std::string_view bytes) : rest_(bytes) {}

  template <class Int>
  Int number() {
    return static_cast<Int>(load_big<std::make_unsigned_t<Int>>(take(sizeof(Int)).data()));
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
