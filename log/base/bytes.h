// Integers in stored bytes: little-endian in values and files, big-endian in keys, whose byte order
// is their order.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <string>

namespace roomlog {

template <std::unsigned_integral T>
constexpr T swap_bytes(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
}

template <std::unsigned_integral T>
constexpr T to_little(T value) {
  return std::endian::native == std::endian::little ? value : swap_bytes(value);
}
template <std::unsigned_integral T>
constexpr T to_big(T value) {
  return std::endian::native == std::endian::big ? value : swap_bytes(value);
}

template <std::unsigned_integral T>
void store_little(char* to, T value) {
  value = to_little(value);
  std::memcpy(to, &value, sizeof value);
}
template <std::unsigned_integral T>
void store_big(char* to, T value) {
  value = to_big(value);
  std::memcpy(to, &value, sizeof value);
}
template <std::unsigned_integral T>
T load_little(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return to_little(value);
}
template <std::unsigned_integral T>
T load_big(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return to_big(value);
}
template <std::unsigned_integral T>
void append_little(std::string& to, T value) {
  char bytes[sizeof value];
  store_little(bytes, value);
  to.append(bytes, sizeof value);
}

}  // namespace roomlog
