// Records in RocksDB, one column family, keys in order of partition and offset. Only appended to.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "log/append_queue.h"
#include "log/base/result.h"
#include "log/embedded/embedded_options.h"
#include "log/identity.h"
#include "log/record.h"

namespace roomlog {

// Where a partition stands in the storage.
struct stored_bounds {
  offset start;
  offset end;
  timestamp last_append_time;
};

// write() by one thread, read() by any. The rest belongs to the opening, in the order given.
class rocks_store {
 public:
  // Reads the write-ahead log back into memory; what was on disk stays as it was, so that a start
  // that is refused later has destroyed nothing. Makes a new database only where no records are.
  static result<rocks_store> open(const std::filesystem::path& directory,
                                  const embedded_log_options& options);

  // What is there now, without a lock or a change; of what another process writes meanwhile nothing
  // is seen. Only the reading functions may be called.
  static result<rocks_store> open_for_reading(const std::filesystem::path& directory);

  // What the first record of partition 0 says; nothing in an empty log. errc::damaged where that
  // is no descriptor.
  result<std::optional<log_identity>> identity(const identity_codec& codec) const;
  // errc::damaged where there are records of a partition that cannot be.
  result<std::vector<stored_bounds>> load_bounds(std::uint32_t partitions) const;
  // What the write-ahead log gave back may never have been synced: moves it to a table file that
  // is. How many records that were.
  result<std::uint64_t> make_durable();
  // errc::damaged unless every offset from start to end is there, by the table files' counts of
  // records. After make_durable(), before the first write.
  result<> check_complete(std::span<const stored_bounds> bounds) const;

  result<> write(std::span<const pending_append> group);
  // from < end. At least one record or an error; stops in front of a damaged or missing record,
  // which the next read then begins with.
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from, offset end,
                                                   std::size_t bytes_max) const;

 private:
  rocks_store(std::unique_ptr<rocksdb::DB> db, std::filesystem::path directory)
      : db_(std::move(db)), directory_(std::move(directory)) {}

  error translate(const rocksdb::Status& status, std::string_view doing) const;
  result<stored_bounds> load_bounds_of(partition_id partition) const;
  result<> find_gap(std::span<const stored_bounds> bounds) const;

  std::unique_ptr<rocksdb::DB> db_;
  std::filesystem::path directory_;
  rocksdb::WriteBatch batch_;  // kept for its memory
};

}  // namespace roomlog
