#include "log/embedded/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>

#include <algorithm>

#include "log/embedded/rocks_info_log.h"

namespace roomlog {
namespace {

constexpr std::size_t partition_prefix_bytes = 4;

// Nothing acknowledged may be lost, and damage must stop the start instead of shortening the log.
void set_safety(rocksdb::Options& to) {
  // The default, point-in-time recovery, drops an acknowledged suffix behind damage in the middle.
  to.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  to.recycle_log_file_num = 0;
  to.manual_wal_flush = false;
  to.paranoid_checks = true;
  // The start decides first whether the log is whole; only then is the memtable flushed, by us.
  to.avoid_flush_during_recovery = true;
  // After a write error nothing is written until a restart, so nothing may heal by itself.
  to.max_bgerror_resume_count = 0;
}

// Records are only appended, each partition at its own end. Flushes give files that hold all
// partitions; the first compaction parts them, and from then on the files of a partition never
// overlap, so they move down the levels without being written again: each byte is written three
// times or so.
void set_shape(rocksdb::Options& to, std::size_t write_buffer_bytes) {
  to.compaction_style = rocksdb::kCompactionStyleLevel;
  to.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(partition_prefix_bytes);
  to.write_buffer_size = write_buffer_bytes;
  to.max_write_buffer_number = 4;
  to.level0_file_num_compaction_trigger = 4;
  to.level0_slowdown_writes_trigger = 40;
  to.level0_stop_writes_trigger = 64;
  to.max_bytes_for_level_base = 4 * write_buffer_bytes;
  to.target_file_size_base = std::max(write_buffer_bytes, std::size_t{1} << 20);
  to.soft_pending_compaction_bytes_limit = 0;
  to.hard_pending_compaction_bytes_limit = 0;
  // Files straight from memory stay plain, so that a flush is short; the others are worth LZ4.
  const auto supported = rocksdb::GetSupportedCompressions();
  const bool lz4 =
      std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end();
  const auto packed = lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  to.compression = packed;
  to.compression_per_level.assign(static_cast<std::size_t>(to.num_levels), packed);
  to.compression_per_level[0] = rocksdb::kNoCompression;
}

// One writer: no machinery for several. Each partition's keys come in order, so the place of its
// last insertion is the hint for the next.
void set_writing(rocksdb::Options& to) {
  to.allow_concurrent_memtable_write = false;
  to.enable_write_thread_adaptive_yield = false;
  to.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(partition_prefix_bytes));
  // Table files go to the disk as they are written, not all at once in front of somebody's sync.
  to.bytes_per_sync = std::size_t{1} << 20;
}

// Most reads are scans; the tail has what is recent. A small cache serves those who read the same
// page.
void set_reading(rocksdb::Options& to) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = std::size_t{16} << 10;
  table.block_cache = rocksdb::NewLRUCache(std::size_t{16} << 20);
  table.format_version = 5;
  to.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  to.avoid_unnecessary_blocking_io = true;
  to.skip_stats_update_on_db_open = true;
}

}  // namespace

rocksdb::Options make_log_options(const embedded_log_options& options) {
  rocksdb::Options to;
  if (options.env != nullptr) to.env = options.env;
  set_safety(to);
  set_shape(to, options.write_buffer_bytes);
  set_writing(to);
  set_reading(to);
  to.max_open_files = static_cast<int>(options.files_max);
  to.stats_dump_period_sec = 0;
  to.stats_persist_period_sec = 0;
  to.info_log = make_rocks_info_log("log");
  return to;
}

}  // namespace roomlog
