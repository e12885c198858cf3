// The keys of fold state and views. One place, so that no two things ever share a key.
//
//   | view u8 | version u8 | partition u16 | table u8 | … |       integers big endian
//
//   fold     'P'                              where the fold stands, its hash (partition_state)
//            'G' gateway                      its fence and last append number     (gateway_state)
//            'R' room                         settings, head, time, hash           (room_state)
//            'M' room-id user                 role, watermarks                     (member_state)
//            'C' room-id |actor| actor cid    seq, digest: exact dedup             (command_state)
//            'E' room-id seq                  offset, time, kind, flags, actor     (event_state)
//            'X' room-id seq |emoji| emoji user   a reaction, there or removed     (reaction_state)
//            'W' offset                       which watermarks moved there         (watermark_moves)
//            'V' ||user|| tenant/user device  up to when their tokens are revoked
//   history  'P' next offset; 'H' room-id seq: the record; 'S' room-id seq: standing, if it changed
//   rooms    'P' next offset; 'R' room-id: title …; 'M' room-id user: name …;
//            'U' |tenant| tenant |user| user room: its id, whether a member
#pragma once

#include <array>
#include <cassert>
#include <string>
#include <string_view>

#include "log/base/types.h"
#include "projections/store/big_endian.h"

namespace roomlog {

// Those of views stand in their headers, and once more in views/view_registry.cpp.
enum class view_id : std::uint8_t { store = 0, fold = 1 };

// Raised with each change of what the fold stores (docs/fold.md): the state of another format is
// refused at the start, and made again from the log.
constexpr std::uint8_t fold_format_version = 3;

// Given to rooms in the order of their creation, within a partition.
using room_id = strong_number<struct room_id_tag, std::uint32_t>;

constexpr std::size_t id_bytes_max = 255;  // of a room's key, a user, a cid, a gateway
constexpr std::size_t principal_bytes_max = 32 + 1 + id_bytes_max;  // "tenant/user"

inline bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= id_bytes_max;
}

inline view_id view_of(std::string_view key) {
  return static_cast<view_id>(key.front());
}

// Builds one key in place, without allocation.
class key_builder {
 public:
  key_builder(view_id view, std::uint8_t version, partition_id partition, char table) {
    number(static_cast<std::uint8_t>(view));
    number(version);
    number(static_cast<std::uint16_t>(partition.value));
    number(static_cast<std::uint8_t>(table));
  }
  template <class Int>
  key_builder& number(Int value) {
    assert(size_ + sizeof(Int) <= bytes_.size());
    write_big_endian(bytes_.data() + size_, value);
    size_ += sizeof(Int);
    return *this;
  }
  key_builder& text(std::string_view text) {
    assert(size_ + text.size() <= bytes_.size());
    text.copy(bytes_.data() + size_, text.size());
    size_ += text.size();
    return *this;
  }
  // One byte of length before it, where something follows.
  key_builder& sized(std::string_view value) {
    return number(static_cast<std::uint8_t>(value.size())).text(value);
  }
  std::string_view view() const { return {bytes_.data(), size_}; }
  operator std::string_view() const { return view(); }

 private:
  // The longest is that of a revocation.
  std::array<char, 5 + 2 + principal_bytes_max + id_bytes_max> bytes_;
  std::size_t size_ = 0;
};

// The seq at the end of an event's key, the fold's or that of history.
inline seq_no seq_in(std::string_view event_key) {
  return seq_no{big_endian_decoder(event_key.substr(event_key.size() - 8)).number<std::uint64_t>()};
}

// Where a scan of the keys that begin with `prefix` goes on behind `name`; empty: at the first.
inline std::string key_behind(std::string_view prefix, std::string_view name) {
  std::string begin(prefix);
  if (!name.empty()) begin.append(name).push_back('\0');
  return begin;
}

// The keys below which a scan of all that begin with `prefix` ends.
inline std::string after_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace roomlog
