// A worker on a scripted log, driven by hand.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "projections/worker/partition_worker.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/worker/scripted_log.h"

namespace roomlog::testing {

// 160 records that begin with a descriptor.
inline std::vector<generated_record> script(std::uint64_t seed) {
  std::vector<generated_record> records;
  for (std::uint64_t s = 1000 * seed; records.size() < 159; ++s) {
    records = generated_records(400)(rc::Random(s), 100).value();
  }
  records.resize(159);
  records.insert(records.begin(),
                 {encode(control_record(log_descriptor{"abc123", 1, 1})), records[0].append_time});
  return records;
}

// A worker on a store, as a process has it.
struct life {
  life(scripted_log& events, state_store& store, bool with_views = true)
      : store(store),
        worker(events, store,
               {partition_id{0}, with_views ? all_views() : std::vector<view_entry>()}, nobody) {}
  void run() {
    while (worker.step(1 << 20) || worker.follow()) {
    }
  }
  void commit() {
    worker.stage();
    const partition_id p0{0};
    ASSERT_TRUE(store.commit(std::span(&p0, 1)).has_value());
    worker.on_committed();
  }
  state_store& store;
  partition_worker::subscribers nobody;
  partition_worker worker;
};

}  // namespace roomlog::testing
