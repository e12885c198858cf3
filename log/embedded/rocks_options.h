// How the log's RocksDB is set up, and why.
#pragma once

#include <rocksdb/options.h>

#include "log/embedded/embedded_options.h"

namespace roomlog {

rocksdb::Options make_log_options(const embedded_log_options& options);

}  // namespace roomlog
