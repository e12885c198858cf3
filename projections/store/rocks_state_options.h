// RocksDB's settings for the state store, and why.
#pragma once

#include <rocksdb/options.h>

#include <cstddef>

namespace roomlog {

rocksdb::Options rocks_state_options(std::size_t cache_bytes, std::size_t files_max);

}  // namespace roomlog
