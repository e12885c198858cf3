// What the pipeline is told at its start, with the defaults.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace roomlog {

struct ingress_options {
  std::string gateway;                          // this gateway's own id, from its data directory
  std::chrono::milliseconds ack_timeout{5000};  // also the deadline that records carry
  std::uint32_t user_per_second = 10;           // messages; 0: no limit
  std::uint32_t user_per_minute = 100;          // messages; 0: no limit
  // Of everything that is handed to the log, whatever becomes of it; 0: no limit.
  std::uint32_t user_commands_per_second = 20;
  std::uint32_t user_commands_per_minute = 600;
  std::size_t user_append_bytes = 2 << 20;      // in ten seconds
  std::uint32_t user_invites_per_minute = 100;  // people named in create and invite
  std::size_t in_flight_max = 65536;            // commands undecided, all connections together
  std::size_t in_flight_bytes_max = 64 << 20;   // the same in bytes
  std::vector<std::string> prohibited_words;    // compared without case, as whole words
  // 64 random bits: nonces of fences, and cids that clients left to us. The system's when empty.
  // Thread-safe.
  std::function<std::uint64_t()> random;
};

}  // namespace roomlog
