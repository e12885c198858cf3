// The embedded log: one directory, one process, RocksDB underneath.
//
//   DIR/lock         who works here
//   DIR/records/     the RocksDB instance; its WAL is what makes an append durable
//   DIR/high-water   how far the log was when records were last acknowledged
//   DIR/torn-…       what was cut off a write-ahead log after a crash, kept for inspection
//
// It keeps all of its records: trim() says errc::unsupported.
#pragma once

#include <filesystem>
#include <memory>

#include "log/base/clock.h"
#include "log/embedded/embedded_options.h"
#include "log/identity.h"
#include "log/log.h"

namespace roomlog {

// Opens or makes the log in `directory`. Everything that it then shows is durable. Blocks for as
// long as the write-ahead log takes to read back. `codec` is used during the call only, `clock`
// outlives the log.
//   errc::in_use    another process, or another log of this one, has the directory
//   errc::mismatch  other partitions or another format version than asked for; names both
//   errc::damaged   acknowledged records are missing, or stored bytes are damaged; names the place
//   errc::invalid   options or request out of range
//   errc::io        the system refused
// A start that is refused deletes nothing. Records that were written but never acknowledged may be
// there after a crash or not; a record that was torn by it is cut off, kept aside and reported as a
// diagnostic. Where the high-water file is missing (removed by hand, or a backup without it) the
// log starts without that check and says so.
result<std::unique_ptr<log>> open_embedded_log(const std::filesystem::path& directory,
                                               const embedded_log_options& options,
                                               const identity_request& wanted,
                                               const identity_codec& codec,
                                               const clock_source& clock);

// The log as it was last acknowledged when the call began, for a look from outside: no file is
// locked, changed or made, so that a server may have the directory open and go on writing, of which
// nothing is seen. Appends are refused with errc::closed; nothing is followed. `clock` outlives it.
//   errc::not_found  there is no log, or an empty one
//   errc::damaged    acknowledged records are missing, or stored bytes are damaged
//   errc::mismatch   another format version
//   errc::io         the system refused
result<std::unique_ptr<log>> open_embedded_log_for_reading(const std::filesystem::path& directory,
                                                           const identity_codec& codec,
                                                           const clock_source& clock);

}  // namespace roomlog
