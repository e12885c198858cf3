// The embedded log opened for reading only: nothing in the directory is locked,
// changed or made, so a server may have it open, and goes on writing, meanwhile.
#include <algorithm>

#include "log/embedded/embedded_log.h"
#include "log/embedded/high_water_file.h"
#include "log/embedded/rocks_store.h"
#include "log/local_log.h"

namespace roomlog {
namespace {

namespace fs = std::filesystem;

class reading_store final : public record_store {
 public:
  reading_store(rocks_store records, std::vector<stored_bounds> bounds)
      : records_(std::move(records)), bounds_(std::move(bounds)) {}

  result<> write(std::span<const pending_append>) override { return read_only(); }
  result<> note_ends(std::span<const offset>) override { return read_only(); }
  offset start(partition_id partition) const override { return bounds_.at(partition.value).start; }
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from, offset end,
                                                   std::size_t bytes_max) override {
    return records_.read(partition, from, end, bytes_max);
  }
  result<> trim(partition_id, offset) override { return read_only(); }
  void add_stats(log_stats&) const override {}

 private:
  static error read_only() { return {errc::closed, "the log is open for reading only"}; }

  rocks_store records_;
  std::vector<stored_bounds> bounds_;
};

// Cuts the bounds to what was acknowledged before the database was opened: a running server may
// have written more that is not durable yet.
result<> cut_to(const std::vector<offset>& acknowledged, std::vector<stored_bounds>& bounds) {
  for (partition_id p{0}; p.value < std::min(acknowledged.size(), bounds.size()); ++p) {
    stored_bounds& partition = bounds[p.value];
    if (partition.end < acknowledged[p.value]) {
      return error{errc::damaged, "partition " + std::to_string(p.value) + " ends at offset " +
                                      std::to_string(partition.end.value) +
                                      ", but was acknowledged up to " +
                                      std::to_string(acknowledged[p.value].value)};
    }
    partition.end = acknowledged[p.value];
  }
  return {};
}

result<log_identity> read_identity(const rocks_store& records, const identity_codec& codec,
                                   const fs::path& directory) {
  const auto found = records.identity(codec);
  if (!found) return found.error();
  if (!*found) return error{errc::not_found, directory.string() + ": the log is empty"};
  if (auto fits = check_identity(**found, {}); !fits) return fits.error();
  return **found;
}

result<std::unique_ptr<log>> open_once(const fs::path& directory, const identity_codec& codec,
                                       const clock_source& clock) {
  if (!fs::exists(directory / "records" / "CURRENT")) {
    return error{errc::not_found, directory.string() + ": there is no log"};
  }
  const auto acknowledged = read_high_water(directory / "high-water");
  if (!acknowledged) return acknowledged.error();
  auto records = rocks_store::open_for_reading(directory / "records");
  if (!records) return records.error();
  auto identity = read_identity(*records, codec, directory);
  if (!identity && identity.error().code == errc::not_found && *acknowledged) {
    std::vector<stored_bounds> nothing((*acknowledged)->size());
    if (auto whole = cut_to(**acknowledged, nothing); !whole) return whole.error();
  }
  if (!identity) return identity.error();
  auto bounds = records->load_bounds(identity->partitions);
  if (!bounds) return bounds.error();
  if (*acknowledged) {
    if (auto whole = cut_to(**acknowledged, *bounds); !whole) return whole.error();
  }
  std::vector<local_log::partition_head> heads;
  for (const stored_bounds& partition : *bounds) {
    heads.push_back({std::make_shared<tail>(partition.end, 1), partition.last_append_time});
  }
  auto store = std::make_unique<reading_store>(std::move(*records), std::move(*bounds));
  auto engine = std::make_unique<local_log>(std::move(store), std::move(heads),
                                            local_log_options{1, 1}, clock);
  engine->set_identity(std::move(*identity));
  engine->close();  // refuses every append from now on
  return std::unique_ptr<log>(std::move(engine));
}

// A writer that flushes or compacts takes files away, maybe from under an opening that has just
// learned of them; that looks like damage once, but not again and again.
constexpr int attempts_max = 5;

}  // namespace

result<std::unique_ptr<log>> open_embedded_log_for_reading(const fs::path& directory,
                                                           const identity_codec& codec,
                                                           const clock_source& clock) {
  for (int attempt = 1;; ++attempt) {
    auto opened = open_once(directory, codec, clock);
    if (opened || attempt == attempts_max) return opened;
    if (opened.error().code != errc::damaged && opened.error().code != errc::io) return opened;
  }
}

}  // namespace roomlog
