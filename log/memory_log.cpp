#include "log/memory_log.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "log/local_log.h"

namespace roomlog {

class memory_log_storage {
 public:
  log_identity identity;
  std::vector<std::shared_ptr<tail>> partitions;
};

std::shared_ptr<memory_log_storage> make_memory_log_storage() {
  return std::make_shared<memory_log_storage>();
}

namespace {

// The tails hold everything, so nothing is left to store.
class memory_store final : public record_store {
 public:
  memory_store(std::shared_ptr<memory_log_storage> storage,
               std::function<result<>(std::size_t)> on_write)
      : storage_(std::move(storage)), on_write_(std::move(on_write)) {}

  result<> write(std::span<const pending_append> group) override {
    if (!on_write_) return {};
    std::size_t records = 0;
    for (const auto& append : group) records += append.entries.size();
    return on_write_(records);
  }
  result<> note_ends(std::span<const offset>) override { return {}; }
  offset start(partition_id partition) const override {
    return storage_->partitions.at(partition.value)->begin();
  }
  // Reached only when the records left between the reader's look at the tail and at the start.
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from, offset,
                                                   std::size_t) override {
    return error{errc::out_of_range, "offset " + std::to_string(from.value) + " of partition " +
                                         std::to_string(partition.value) + " is below the start " +
                                         std::to_string(start(partition).value)};
  }
  result<> trim(partition_id partition, offset below) override {
    storage_->partitions.at(partition.value)->trim(below);
    return {};
  }
  void add_stats(log_stats&) const override {}

 private:
  std::shared_ptr<memory_log_storage> storage_;
  std::function<result<>(std::size_t)> on_write_;
};

const clock_source& default_clock() {
  static const system_clock_source clock;
  return clock;
}

result<> prepare_storage(memory_log_storage& storage, const memory_log_options& options) {
  if (!storage.partitions.empty()) return check_identity(storage.identity, options.wanted);
  const auto partitions = options.wanted.partitions.value_or(partitions_default);
  if (partitions == 0 || partitions > partitions_max) {
    return error{errc::invalid, "partitions is " + std::to_string(partitions) +
                                    "; it must be from 1 to " + std::to_string(partitions_max)};
  }
  storage.identity.partitions = partitions;
  storage.identity.epoch = options.wanted.new_epoch.empty() ? "0" : options.wanted.new_epoch;
  for (std::uint32_t p = 0; p < partitions; ++p) {
    storage.partitions.push_back(
        std::make_shared<tail>(offset{0}, options.retain_bytes_per_partition));
  }
  return {};
}

// establish_identity waits for its appends, so another thread has to write meanwhile.
result<log_identity> establish(local_log& engine, const memory_log_options& options,
                               const log_identity& if_new) {
  if (options.codec == nullptr) return if_new;
  if (options.writes == memory_log_options::writer::thread) {
    return establish_identity(engine, *options.codec, if_new);
  }
  std::atomic<bool> established{false};
  std::thread hand([&] {
    while (!established) {
      if (!engine.write_one_group()) std::this_thread::yield();
    }
  });
  auto identity = establish_identity(engine, *options.codec, if_new);
  established = true;
  hand.join();
  return identity;
}

}  // namespace

result<std::unique_ptr<log>> open_memory_log(const memory_log_options& options) {
  auto storage = options.storage ? options.storage : make_memory_log_storage();
  if (auto ready = prepare_storage(*storage, options); !ready) return ready.error();

  std::vector<local_log::partition_head> heads;
  for (const auto& partition : storage->partitions) {
    heads.push_back({partition, partition->last_append_time()});
  }
  auto engine = std::make_unique<local_log>(
      std::make_unique<memory_store>(storage, options.on_write), std::move(heads),
      local_log_options{options.append_queue_bytes_max, options.group_bytes_max},
      options.clock != nullptr ? *options.clock : default_clock());
  if (options.writes == memory_log_options::writer::thread) engine->start_writer();
  auto identity = establish(*engine, options, storage->identity);
  if (!identity) return identity.error();
  storage->identity = *identity;
  engine->set_identity(*identity);
  return std::unique_ptr<log>(std::move(engine));
}

bool append_one_group(log& memory_log) {
  auto* engine = dynamic_cast<local_log*>(&memory_log);
  if (engine == nullptr) throw std::invalid_argument("append_one_group: not a memory log");
  return engine->write_one_group();
}

}  // namespace roomlog
