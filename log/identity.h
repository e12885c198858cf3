// The identity of a log: which life it is (epoch), how many partitions it has and in which format
// it is written. It stands in the first record of every partition: that of partition 0 decides, the
// others are copies. A trim removes it with the first records; then the other partitions say it, and
// a log of which every partition was trimmed is not opened. The bytes of that record belong to
// schemas/ (LogDescriptor); the log only asks a codec for them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "log/base/result.h"
#include "log/record.h"

namespace roomlog {

constexpr std::uint32_t format_version_current = 2;
constexpr std::uint32_t partitions_max = 1024;

struct log_identity {
  std::string epoch;  // 1–32 characters of [0-9a-f]
  std::uint32_t partitions = 0;
  std::uint32_t format_version = format_version_current;

  friend bool operator==(const log_identity&, const log_identity&) = default;
};

// Stateless; thread-safe.
class identity_codec {
 public:
  virtual ~identity_codec() = default;
  virtual std::string encode(const log_identity& identity) const = 0;
  // errc::malformed when these bytes are no descriptor.
  virtual result<log_identity> decode(byte_view value) const = 0;
};

class log;

// What a start asks for. Without `partitions` an existing log's number is taken, a new log gets
// partitions_default. `new_epoch` names a new log's life.
struct identity_request {
  std::optional<std::uint32_t> partitions;
  std::string new_epoch;
};
constexpr std::uint32_t partitions_default = 8;

// errc::mismatch with a text that names both numbers when `found` is not what was asked for, or was
// written in another format version.
result<> check_identity(const log_identity& found, const identity_request& wanted);

// Reads the descriptor at the head of every partition of an opened engine; writes those that are
// missing (partition 0 first, the others once it was read back) and refuses a log whose partitions
// disagree. The engine already has the right number of partitions. Those that are not open are left
// out; another one stands in for partition 0 then, as a copy is written when that was read. Blocks.
//   errc::unavailable  partition 0 is not open or was trimmed, and no other one has a copy
result<log_identity> establish_identity(log& engine, const identity_codec& codec,
                                        const log_identity& if_new);

// Whether a partition of a log whose identity is known has the copy that it should have:
// errc::mismatch where it is of another log, errc::not_found where the partition is empty. One that
// was trimmed needs none.
result<> check_copy(log& engine, const identity_codec& codec, partition_id partition,
                    const log_identity& identity);

// The identity of a log that is only read: what establish_identity finds, without writing
// anything. errc::not_found where the log is empty.
result<log_identity> find_identity(log& engine, const identity_codec& codec);

}  // namespace roomlog
