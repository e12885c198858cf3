// The numbers of the log, each with a type of its own, so that an offset and a partition cannot be
// swapped. Positions are always "next": a reader at offset 7 has read everything below 7.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace roomlog {

// An integer that does not mix with other integers. `value` is public: this is a label, not a lock.
template <class Tag, class Rep>
struct strong_number {
  Rep value{};

  constexpr strong_number() = default;
  constexpr explicit strong_number(Rep v) : value(v) {}

  friend constexpr auto operator<=>(const strong_number&, const strong_number&) = default;
  constexpr strong_number& operator++() {
    ++value;
    return *this;
  }
};

// Place of a record in its partition, from 0. Stored in 64 bits, never negative.
using offset = strong_number<struct offset_tag, std::uint64_t>;
// Index of a partition, 0 … P-1.
using partition_id = strong_number<struct partition_tag, std::uint32_t>;
// Number of an accepted event within its room, from 1; 0 means none.
using seq_no = strong_number<struct seq_tag, std::uint64_t>;
// Microseconds since 1970-01-01T00:00:00Z; 0 means not set.
using timestamp = strong_number<struct timestamp_tag, std::int64_t>;

constexpr offset next(offset o) {
  return offset{o.value + 1};
}
constexpr seq_no next(seq_no s) {
  return seq_no{s.value + 1};
}

}  // namespace roomlog

template <class Tag, class Rep>
struct std::hash<roomlog::strong_number<Tag, Rep>> {
  std::size_t operator()(const roomlog::strong_number<Tag, Rep>& n) const noexcept {
    return std::hash<Rep>{}(n.value);
  }
};
