// RocksDB's own messages, as diagnostics. Without it RocksDB writes them to a file LOG of its own
// in the database's directory, and Debian's build ends the process by an assertion when that file
// cannot grow: a full disk would kill the server in the moment in which it has to answer for it.
#pragma once

#include <memory>
#include <string>

namespace rocksdb {
class Logger;
}

namespace roomlog {

// Warnings and worse are written under `area`, the rest is dropped. Thread-safe.
std::shared_ptr<rocksdb::Logger> make_rocks_info_log(std::string area);

}  // namespace roomlog
