#include "log/embedded/embedded_log.h"

#include <algorithm>

#include "log/base/diagnostics.h"
#include "log/base/directory_lock.h"
#include "log/base/file_place.h"
#include "log/embedded/high_water_file.h"
#include "log/embedded/rocks_store.h"
#include "log/embedded/wal_tail.h"
#include "log/local_log.h"

namespace roomlog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t append_queue_bytes_limit = std::size_t{1} << 30;

// What the opening found, for the metrics.
struct recovery_figures {
  std::uint64_t torn_bytes = 0;
  std::uint64_t records = 0;
};

// RocksDB and what stands beside it, as the writer needs them.
class embedded_store final : public record_store {
 public:
  embedded_store(directory_lock lock, rocks_store records, high_water_file high_water,
                 std::vector<file_place> places, const std::vector<stored_bounds>& bounds,
                 recovery_figures recovered)
      : lock_(std::move(lock)),
        records_(std::move(records)),
        high_water_(std::move(high_water)),
        places_(std::move(places)),
        recovered_(recovered) {
    for (const auto& partition : bounds) starts_.push_back(partition.start);
  }
  // A clean end leaves a file that survives a power cut at once; it is good without, too.
  ~embedded_store() override { (void)high_water_.sync(); }

  result<> write(std::span<const pending_append> group) override { return records_.write(group); }
  result<> note_ends(std::span<const offset> ends) override { return high_water_.write(ends); }
  offset start(partition_id partition) const override { return starts_.at(partition.value); }
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from, offset end,
                                                   std::size_t bytes_max) override {
    return records_.read(partition, from, end, bytes_max);
  }
  result<> trim(partition_id, offset) override {
    return error{errc::unsupported,
                 "the embedded log cannot be trimmed: it keeps all of its records"};
  }
  result<> check_place() const override {
    for (const file_place& one : places_) {
      if (auto there = one.check(); !there) return there;
    }
    return {};
  }
  void add_stats(log_stats& to) const override {
    to.torn_tail_bytes = recovered_.torn_bytes;
    to.recovered_records = recovered_.records;
  }

 private:
  directory_lock lock_;
  rocks_store records_;
  high_water_file high_water_;
  const std::vector<file_place> places_;
  std::vector<offset> starts_;
  recovery_figures recovered_;
};

result<> check_options(const embedded_log_options& options) {
  if (options.append_queue_bytes_max == 0 ||
      options.append_queue_bytes_max > append_queue_bytes_limit) {
    return error{errc::invalid,
                 "append_queue_bytes_max is " + std::to_string(options.append_queue_bytes_max) +
                     "; it must be from 1 to " + std::to_string(append_queue_bytes_limit)};
  }
  return {};
}

// What this start works with: the log's own number of partitions, checked against what was asked
// for.
result<std::uint32_t> settle_partitions(const std::optional<log_identity>& found,
                                        const identity_request& wanted, const fs::path& directory) {
  if (found) {
    if (auto fits = check_identity(*found, wanted); !fits) {
      return error{fits.error().code, directory.string() + ": " + fits.error().text};
    }
    return found->partitions;
  }
  const auto partitions = wanted.partitions.value_or(partitions_default);
  if (partitions == 0 || partitions > partitions_max) {
    return error{errc::invalid, "partitions is " + std::to_string(partitions) +
                                    "; it must be from 1 to " + std::to_string(partitions_max)};
  }
  return partitions;
}

// Refuses a log that ends below what was acknowledged.
result<> check_high_water(const fs::path& file, std::span<const stored_bounds> bounds) {
  const auto noted = read_high_water(file);
  if (!noted) return noted.error();
  const bool empty = std::all_of(bounds.begin(), bounds.end(),
                                 [](const stored_bounds& p) { return p.end == offset{0}; });
  if (!*noted) {
    if (!empty) {
      diagnostics::warn("log", "there is no file " + file.string() +
                                   ": the log starts without the check whether it ends where it "
                                   "was last acknowledged");
    }
    return {};
  }
  const auto& ends = **noted;
  for (partition_id p{0}; p.value < ends.size(); ++p) {
    const auto end = p.value < bounds.size() ? bounds[p.value].end : offset{0};
    if (end < ends[p.value]) {
      return error{errc::damaged, "partition " + std::to_string(p.value) + " ends at offset " +
                                      std::to_string(end.value) + ", but was acknowledged up to " +
                                      std::to_string(ends[p.value].value) + " (" + file.string() +
                                      "): acknowledged records are lost"};
    }
  }
  return {};
}

std::vector<offset> ends_of(std::span<const stored_bounds> bounds) {
  std::vector<offset> ends;
  for (const auto& partition : bounds) ends.push_back(partition.end);
  return ends;
}

std::vector<local_log::partition_head> heads_of(std::span<const stored_bounds> bounds,
                                                std::size_t tail_bytes) {
  std::vector<local_log::partition_head> heads;
  for (const auto& partition : bounds) {
    heads.push_back(
        {std::make_shared<tail>(partition.end, tail_bytes), partition.last_append_time});
  }
  return heads;
}

// Checks first, and only then the first change: what was recovered becomes durable.
result<std::unique_ptr<local_log>> open_engine(const fs::path& directory,
                                               const embedded_log_options& options,
                                               const identity_request& wanted,
                                               const identity_codec& codec,
                                               const clock_source& clock) {
  if (auto fit = check_options(options); !fit) return fit.error();
  if (auto made = make_directories(directory / "records"); !made) return made.error();
  auto lock = directory_lock::take(directory);
  if (!lock) return lock.error();

  recovery_figures recovered;
  const auto torn = cut_torn_wal(directory / "records", directory);
  if (!torn) return torn.error();
  recovered.torn_bytes = *torn;
  auto records = rocks_store::open(directory / "records", options);
  if (!records) return records.error();
  const auto found = records->identity(codec);
  if (!found) return found.error();
  const auto partitions = settle_partitions(*found, wanted, directory);
  if (!partitions) return partitions.error();
  const auto bounds = records->load_bounds(*partitions);
  if (!bounds) return bounds.error();
  if (auto whole = check_high_water(directory / "high-water", *bounds); !whole) {
    return whole.error();
  }

  const auto durable = records->make_durable();
  if (!durable) return durable.error();
  recovered.records = *durable;
  if (auto complete = records->check_complete(*bounds); !complete) return complete.error();
  auto high_water = high_water_file::create(directory / "high-water", ends_of(*bounds));
  if (!high_water) return high_water.error();

  std::vector<file_place> places;
  for (const fs::path& one :
       {directory / "lock", directory / "high-water", directory / "records" / "LOCK"}) {
    auto place = file_place::of(one);
    if (!place) return place.error();
    places.push_back(std::move(*place));
  }
  auto store = std::make_unique<embedded_store>(std::move(*lock), std::move(*records),
                                                std::move(*high_water), std::move(places), *bounds,
                                                recovered);
  return std::make_unique<local_log>(
      std::move(store), heads_of(*bounds, options.tail_bytes_per_partition),
      local_log_options{options.append_queue_bytes_max, options.group_bytes_max}, clock);
}

}  // namespace

result<std::unique_ptr<log>> open_embedded_log(const fs::path& directory,
                                               const embedded_log_options& options,
                                               const identity_request& wanted,
                                               const identity_codec& codec,
                                               const clock_source& clock) {
  auto engine = open_engine(directory, options, wanted, codec, clock);
  if (!engine) return engine.error();
  (*engine)->start_writer();
  log_identity if_new;
  if_new.epoch = wanted.new_epoch;
  if_new.partitions = (*engine)->partitions();
  auto identity = establish_identity(**engine, codec, if_new);
  if (!identity) return identity.error();
  (*engine)->set_identity(std::move(*identity));
  return std::unique_ptr<log>(std::move(*engine));
}

}  // namespace roomlog
