// The contract of log/signal_bus.h as tests, run on both implementations. To add one: derive a
// bus_under_test and instantiate the suite with it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "log/signal_bus.h"

namespace roomlog::testing {

class bus_under_test {
 public:
  virtual ~bus_under_test() = default;
  // With two partitions. Destroyed before this object.
  virtual std::unique_ptr<signal_bus> open() = 0;
  // What is published waits, until go_on().
  virtual void stall(signal_bus& bus) = 0;
  virtual void go_on() = 0;
};

struct named_bus {
  std::string name;
  std::function<std::unique_ptr<bus_under_test>()> make;
};

inline void PrintTo(const named_bus& bus, std::ostream* to) {
  *to << bus.name;
}

class signal_bus_contract : public ::testing::TestWithParam<named_bus> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    bus_ = world_->open();
  }
  void TearDown() override { bus_->close(); }
  signal_bus& bus() { return *bus_; }

  std::unique_ptr<bus_under_test> world_;
  std::unique_ptr<signal_bus> bus_;
};

}  // namespace roomlog::testing
