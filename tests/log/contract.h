// The contract of log/log.h as tests, run on every engine. To add one: derive an engine_under_test
// and instantiate the suite with it (see engines.cpp).
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "log/base/clock.h"
#include "log/log.h"

namespace roomlog::testing {

// One log in the hands of the suite: its storage, which outlives restarts, and the disk under it.
class engine_under_test {
 public:
  struct settings {
    std::optional<std::uint32_t> partitions = 4;
    std::string epoch = "e1";
    std::size_t append_queue_bytes_max = std::size_t{16} << 20;
    std::size_t group_bytes_max = std::size_t{1} << 20;
  };

  virtual ~engine_under_test() = default;
  // A start; after the log of the last one was destroyed.
  virtual result<std::unique_ptr<log>> open(const settings& with) = 0;

  // Appends reach the storage but do not become durable until released.
  virtual void hold_writes() = 0;
  // Waits until an append is held.
  virtual bool wait_until_held() = 0;
  virtual void release_writes() = 0;
  // Every write from now on fails, also those that are held.
  virtual void fail_writes() = 0;

  // Whose clock gives the append times.
  enum class append_times { of_clock, of_storage };
  virtual append_times times() const { return append_times::of_clock; }

  // Whether trim() removes records, or says errc::unsupported.
  enum class trimming { done, unsupported };
  virtual trimming trims() const { return trimming::done; }

  // What open() gives the log, where it gives the append times.
  manual_clock_source clock;
};

struct named_engine {
  std::string name;
  std::function<std::unique_ptr<engine_under_test>()> make;
};

inline void PrintTo(const named_engine& engine, std::ostream* to) {
  *to << engine.name;
}

class log_contract : public ::testing::TestWithParam<named_engine> {
 protected:
  void SetUp() override { engine_ = GetParam().make(); }

  // Opens with these settings and keeps the log.
  log& open(const engine_under_test::settings& with = {});
  // Closes, destroys and opens again.
  log& restart(const engine_under_test::settings& with = {});
  void expect_times_of_storage();
  bool can_trim(log& engine);

  std::unique_ptr<engine_under_test> engine_;
  std::unique_ptr<log> log_;
};

}  // namespace roomlog::testing
