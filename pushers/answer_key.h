// Where the answer to a command goes: to a session, or to one request over HTTP.
//
//    63 ─ 48   place: the number of a shard, or requests_place
//    47 ─  0   counter from 1, of that place
#pragma once

#include <cstdint>

#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Names what waits for an answer, in its process for ever: keys are not used again.
using answer_key = std::uint64_t;
// A session is named by the key of its answers.
using session_key = answer_key;

// Requests over HTTP are answered from any thread, so they have one place for all shards.
constexpr std::uint32_t requests_place = 0xffff;

constexpr std::uint32_t place_of(answer_key key) {
  return static_cast<std::uint32_t>(key >> 48);
}
constexpr answer_key make_answer_key(std::uint32_t place, std::uint64_t counter) {
  return std::uint64_t{place} << 48 | counter;
}
constexpr command_origin origin_of(answer_key key) {
  return {place_of(key), key};
}

}  // namespace roomlog
