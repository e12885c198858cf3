// The engines that the contract suite runs on.
#include "log/embedded/embedded_log.h"
#include "log/memory_log.h"
#include "tests/log/contract.h"
#include "tests/log/embedded/test_disk.h"
#include "tests/log/fake_identity_codec.h"

namespace roomlog::testing {
namespace {

class memory_engine final : public engine_under_test {
 public:
  result<std::unique_ptr<log>> open(const settings& with) override {
    memory_log_options options;
    options.wanted = {with.partitions, with.epoch};
    options.codec = &codec_;
    options.clock = &clock;
    options.append_queue_bytes_max = with.append_queue_bytes_max;
    options.group_bytes_max = with.group_bytes_max;
    options.storage = storage_;
    options.on_write = [this](std::size_t) -> result<> {
      if (!gate_.pass()) return error{errc::io, "no write"};
      return {};
    };
    return open_memory_log(options);
  }
  void hold_writes() override { gate_.hold(); }
  bool wait_until_held() override { return gate_.wait_until_held(); }
  void release_writes() override { gate_.release(); }
  void fail_writes() override { gate_.fail_from_now_on(); }

 private:
  fake_identity_codec codec_;
  write_gate gate_;
  std::shared_ptr<memory_log_storage> storage_ = make_memory_log_storage();
};

class embedded_engine final : public engine_under_test {
 public:
  explicit embedded_engine(std::size_t tail_bytes = std::size_t{1} << 20)
      : tail_bytes_(tail_bytes) {}

  result<std::unique_ptr<log>> open(const settings& with) override {
    embedded_log_options options;
    options.append_queue_bytes_max = with.append_queue_bytes_max;
    options.group_bytes_max = with.group_bytes_max;
    options.tail_bytes_per_partition = tail_bytes_;
    options.env = disk_.env();
    return open_embedded_log(directory_.path(), options, {with.partitions, with.epoch}, codec_,
                             clock);
  }
  void hold_writes() override { disk_.wal_syncs().hold(); }
  bool wait_until_held() override { return disk_.wal_syncs().wait_until_held(); }
  void release_writes() override { disk_.wal_syncs().release(); }
  void fail_writes() override { disk_.wal_syncs().fail_from_now_on(); }
  trimming trims() const override { return trimming::unsupported; }

 private:
  fake_identity_codec codec_;
  const std::size_t tail_bytes_;
  temporary_directory directory_;
  test_disk disk_;
};

INSTANTIATE_TEST_SUITE_P(
    engines, log_contract,
    ::testing::Values(named_engine{"memory", [] { return std::make_unique<memory_engine>(); }},
                      named_engine{"embedded", [] { return std::make_unique<embedded_engine>(); }},
                      // Keeps next to nothing in memory, so that reads come from the storage.
                      named_engine{"embedded_without_tail",
                                   [] { return std::make_unique<embedded_engine>(0); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace roomlog::testing
