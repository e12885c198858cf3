#include "projections/store/rocks_state_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>

#include "log/embedded/rocks_info_log.h"

namespace roomlog {
namespace {

// Dedup keys are random and mostly looked up in vain: a whole-key bloom filter answers in the table
// and one in the memtable before it. Filters live in the block cache, so that memory has one bound.
void set_table(rocksdb::Options& o, std::size_t cache_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.block_size = 16 << 10;
  table.format_version = 5;
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  o.memtable_whole_key_filtering = true;
  o.memtable_prefix_bloom_size_ratio = 0.1;
}

}  // namespace

rocksdb::Options rocks_state_options(std::size_t cache_bytes, std::size_t files_max) {
  rocksdb::Options o;
  o.create_if_missing = true;
  o.max_open_files = static_cast<int>(files_max);
  o.info_log = make_rocks_info_log("state");
  o.stats_dump_period_sec = 0;
  set_table(o, cache_bytes);
  // Random inserts: large memtables and few, large levels keep the number of rewrites down.
  o.write_buffer_size = 64 << 20;
  o.max_write_buffer_number = 3;
  o.level0_file_num_compaction_trigger = 8;
  o.level0_slowdown_writes_trigger = 20;
  o.level0_stop_writes_trigger = 36;
  o.max_bytes_for_level_base = 512 << 20;
  o.target_file_size_base = 64 << 20;
  o.compression = rocksdb::kLZ4Compression;
  o.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                             rocksdb::kLZ4Compression};
  o.max_background_jobs = 2;
  // One thread writes at a time.
  o.allow_concurrent_memtable_write = false;
  o.enable_write_thread_adaptive_yield = false;
  // A torn or damaged end of the write-ahead log gives an earlier commit, never a mixture.
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  o.max_total_wal_size = 256 << 20;
  return o;
}

}  // namespace roomlog
