#include "log/embedded/rocks_store.h"

#include <rocksdb/table_properties.h>

#include <algorithm>
#include <array>
#include <limits>

#include "log/base/planted_bug.h"
#include "log/embedded/rocks_options.h"
#include "log/embedded/stored_record.h"

namespace roomlog {
namespace {

// From this size on a read is a scan: it reads ahead and leaves the cache alone.
constexpr std::size_t scan_bytes_min = std::size_t{256} << 10;
constexpr std::size_t readahead_bytes_max = std::size_t{2} << 20;

constexpr offset offset_max{std::numeric_limits<std::uint64_t>::max()};

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view text(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

std::string name(partition_id partition, offset at) {
  return "partition " + std::to_string(partition.value) + ", offset " + std::to_string(at.value);
}

// An iterator over a range of one partition, with the bound that it borrows.
class range_iterator {
 public:
  range_iterator(rocksdb::DB& db, partition_id partition, offset end, rocksdb::ReadOptions options)
      : bound_(make_stored_key(partition, end)), bound_slice_(slice(as_text(bound_))) {
    options.iterate_upper_bound = &bound_slice_;
    options.verify_checksums = true;
    iterator_.reset(db.NewIterator(options));
  }
  range_iterator(const range_iterator&) = delete;
  range_iterator& operator=(const range_iterator&) = delete;
  rocksdb::Iterator* operator->() const { return iterator_.get(); }

 private:
  stored_key bound_;
  rocksdb::Slice bound_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

rocksdb::ReadOptions read_options(std::size_t bytes_max) {
  rocksdb::ReadOptions options;
  const bool scan = bytes_max >= scan_bytes_min;
  options.fill_cache = !scan;
  options.readahead_size = scan ? std::min(bytes_max, readahead_bytes_max) : 0;
  options.background_purge_on_iterator_cleanup = true;
  return options;
}

// A directory without tables and without a filled write-ahead log has no records: an earlier start
// may have stopped before the database was complete. Anywhere else a database that RocksDB does not
// find must not be made anew: that would delete the tables.
bool holds_records(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == ".sst" || (extension == ".log" && entry.file_size() > 0)) return true;
  }
  return false;
}

}  // namespace

error rocks_store::translate(const rocksdb::Status& status, std::string_view doing) const {
  const bool damaged = status.IsCorruption() || status.IsInvalidArgument();
  return {damaged ? errc::damaged : errc::io,
          std::string(doing) + " " + directory_.string() + ": " + status.ToString()};
}

result<rocks_store> rocks_store::open(const std::filesystem::path& directory,
                                      const embedded_log_options& options) {
  auto how = make_log_options(options);
  how.create_if_missing = !holds_records(directory);
  rocks_store store(nullptr, directory);
  rocksdb::DB* db = nullptr;
  const auto opened = rocksdb::DB::Open(how, directory.string(), &db);
  if (!opened.ok()) return store.translate(opened, "cannot open the records in");
  store.db_.reset(db);
  return store;
}

result<rocks_store> rocks_store::open_for_reading(const std::filesystem::path& directory) {
  auto how = make_log_options({});
  how.create_if_missing = false;
  how.max_open_files = -1;  // all are opened now: the writer may remove them later
  rocks_store store(nullptr, directory);
  rocksdb::DB* db = nullptr;
  const auto opened = rocksdb::DB::OpenForReadOnly(how, directory.string(), &db);
  if (!opened.ok()) return store.translate(opened, "cannot read the records in");
  store.db_.reset(db);
  return store;
}

result<std::optional<log_identity>> rocks_store::identity(const identity_codec& codec) const {
  const range_iterator at(*db_, partition_id{0}, offset_max, {});
  at->SeekToFirst();
  if (!at->status().ok()) return translate(at->status(), "cannot read");
  if (!at->Valid()) return std::optional<log_identity>();
  const auto content = parse_stored_value(text(at->key()), text(at->value()));
  if (!content) {
    return error{errc::damaged, "the first record of partition 0 fails its checksum"};
  }
  const std::string aligned(as_text(content->value));
  auto found = codec.decode(as_byte_view(aligned));
  if (!found) {
    return error{errc::damaged,
                 "partition 0 does not begin with a log descriptor: " + found.error().text};
  }
  if (found->partitions == 0 || found->partitions > partitions_max) {
    return error{errc::damaged,
                 "the log descriptor says " + std::to_string(found->partitions) + " partitions"};
  }
  return std::optional(std::move(*found));
}

result<stored_bounds> rocks_store::load_bounds_of(partition_id partition) const {
  const range_iterator at(*db_, partition, offset_max, {});
  at->Seek(slice(as_text(make_stored_key(partition, offset{0}))));
  if (!at->status().ok()) return translate(at->status(), "cannot read");
  if (!at->Valid()) return stored_bounds{};
  const auto first = parse_stored_key(text(at->key()));
  at->SeekForPrev(slice(as_text(make_stored_key(partition, offset_max))));
  if (!at->status().ok()) return translate(at->status(), "cannot read");
  const auto last = at->Valid() ? parse_stored_key(text(at->key())) : std::nullopt;
  if (!first || !last || last->partition != partition) {
    return error{errc::damaged,
                 "partition " + std::to_string(partition.value) + " holds a key of no record"};
  }
  const auto content = parse_stored_value(text(at->key()), text(at->value()));
  if (!content) {
    return error{errc::damaged, name(partition, last->at) + ": the record fails its checksum"};
  }
  return stored_bounds{first->at, next(last->at), content->append_time};
}

result<std::vector<stored_bounds>> rocks_store::load_bounds(std::uint32_t partitions) const {
  std::vector<stored_bounds> all;
  for (partition_id p{0}; p.value < partitions; ++p) {
    auto bounds = load_bounds_of(p);
    if (!bounds) return bounds.error();
    all.push_back(*bounds);
  }
  const std::unique_ptr<rocksdb::Iterator> beyond(db_->NewIterator({}));
  beyond->Seek(slice(as_text(make_stored_key(partition_id{partitions}, offset{0}))));
  if (!beyond->status().ok()) return translate(beyond->status(), "cannot read");
  if (beyond->Valid()) {
    return error{errc::damaged,
                 "records of a partition beyond " + std::to_string(partitions - 1) + " are stored"};
  }
  return all;
}

result<std::uint64_t> rocks_store::make_durable() {
  std::uint64_t recovered = 0;
  (void)db_->GetIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable, &recovered);
  // Waits until the table, its name and the manifest that lists it are synced.
  const auto flushed = db_->Flush(rocksdb::FlushOptions());
  if (!flushed.ok()) return translate(flushed, "cannot make durable what was recovered in");
  return recovered;
}

// Every record has a key of its own between start and end and none is ever deleted, so the counts
// are equal only if none is missing. The tables' properties are in memory anyway.
result<> rocks_store::check_complete(std::span<const stored_bounds> bounds) const {
  rocksdb::TablePropertiesCollection tables;
  const auto got = db_->GetPropertiesOfAllTables(&tables);
  if (!got.ok()) return translate(got, "cannot read the tables of");
  std::uint64_t stored = 0;
  for (const auto& [file, properties] : tables) stored += properties->num_entries;
  std::uint64_t expected = 0;
  for (const auto& partition : bounds) expected += partition.end.value - partition.start.value;
  if (stored == expected) return {};
  if (auto gap = find_gap(bounds); !gap) return gap;
  return error{errc::damaged, directory_.string() + " holds " + std::to_string(stored) +
                                  " records, its partitions' offsets make " +
                                  std::to_string(expected)};
}

result<> rocks_store::find_gap(std::span<const stored_bounds> bounds) const {
  for (partition_id p{0}; p.value < bounds.size(); ++p) {
    auto expected = bounds[p.value].start;
    while (expected < bounds[p.value].end) {
      const auto batch = read(p, expected, bounds[p.value].end, readahead_bytes_max);
      if (!batch) return batch.error();
      expected = (*batch)->next_offset();
    }
  }
  return {};
}

result<> rocks_store::write(std::span<const pending_append> group) {
  batch_.Clear();
  for (const auto& append : group) {
    auto at = append.first;
    for (const auto& entry : append.entries) {
      const auto place = make_stored_key(append.partition, at);
      const auto header = make_stored_header(place, append.append_time, entry.key, entry.value);
      const rocksdb::Slice key = slice(as_text(place));
      const std::array<rocksdb::Slice, 3> value{rocksdb::Slice(header.data(), header.size()),
                                                slice(entry.key), slice(entry.value)};
      const auto put =
          batch_.Put(rocksdb::SliceParts(&key, 1),
                     rocksdb::SliceParts(value.data(), static_cast<int>(value.size())));
      if (!put.ok()) return translate(put, "cannot put a record for");
      ++at;
    }
  }
  rocksdb::WriteOptions how;
  how.sync = !planted("no_fsync");
  const auto written = db_->Write(how, &batch_);
  if (!written.ok()) return translate(written, "cannot write to");
  return {};
}

result<std::shared_ptr<const record_batch>> rocks_store::read(partition_id partition, offset from,
                                                              offset end,
                                                              std::size_t bytes_max) const {
  const range_iterator at(*db_, partition, end, read_options(bytes_max));
  record_batch_builder batch(partition, from);
  std::string trouble;
  auto expected = from;
  std::size_t bytes = 0;
  for (at->Seek(slice(as_text(make_stored_key(partition, from)))); at->Valid(); at->Next()) {
    const auto key = text(at->key());
    const auto place = parse_stored_key(key);
    if (!place || place->at != expected) break;
    const auto content = parse_stored_value(key, text(at->value()));
    if (!content) {
      trouble = "the record fails its checksum";
      break;
    }
    bytes += content->key.size() + content->value.size();
    if (batch.size() > 0 && bytes > bytes_max) return batch.finish();
    batch.add(place->at, content->append_time, content->key, content->value);
    ++expected;
  }
  if (batch.size() > 0) return batch.finish();
  const auto status = at->status();
  if (!status.ok() && !status.IsCorruption()) {
    return translate(status, "cannot read " + name(partition, from) + " from");
  }
  if (!status.ok()) trouble = status.ToString();
  if (trouble.empty()) trouble = "the record is missing";
  return error{errc::damaged, name(partition, from) + ": " + trouble};
}

}  // namespace roomlog
