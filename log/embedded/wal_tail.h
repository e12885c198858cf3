// The end of RocksDB's newest write-ahead log after a crash.
//
// Each group is one WAL record and is synced before the next one is begun, so after a crash at most
// the last WAL record can be incomplete, and it was never acknowledged. RocksDB 7.8 drops such a
// record silently where the file ends inside it, and refuses to open where a power cut left the
// file's length but not all of its bytes. This check cuts the record in both cases and says so;
// anything wrong that is followed by another record is damage, and nothing is cut.
//
// The format: rocksdb/wiki/Write-Ahead-Log-File-Format (blocks of 32 KiB; frames of checksum 4,
// length 2, type 1 and payload; a record is one frame or a chain of first, middle … last).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "log/base/result.h"

namespace roomlog {

enum class wal_state { whole, torn, damaged };
struct wal_finding {
  wal_state state;
  std::size_t at;  // where the torn record begins, or the damage; the size of a whole file
};

// Looks at the frames of the whole file, and at the checksums of the last record.
wal_finding check_wal(std::string_view wal);

// Cuts a torn record off the newest WAL in `records`, a RocksDB directory that nobody has open. The
// bytes that were cut are kept as a file in `evidence`. Returns how many they were. errc::damaged
// where the check finds damage.
result<std::uint64_t> cut_torn_wal(const std::filesystem::path& records,
                                   const std::filesystem::path& evidence);

}  // namespace roomlog
