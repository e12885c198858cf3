// One partition's keys on RocksDB. Reads fall through from what is staged to what is held, to what
// was read ahead, to the database. What is expected is read ahead in one go, which costs about half
// of single reads.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <utility>
#include <vector>

#include "projections/store/byte_table.h"
#include "projections/store/rocks_state_held.h"
#include "projections/store/state_store.h"

namespace roomlog {

// Under the partition's gate; what the store calls of it says so.
class rocks_partition_store final : public partition_store {
 public:
  // `held` is what commits before could not write. `db` outlives this.
  rocks_partition_store(rocksdb::DB& db, held_ptr held);

  std::optional<std::string_view> get(std::string_view key) override;
  void put(std::string_view key, std::string_view value) override { staged_.put(key, value); }
  void expect_get(std::string_view key) override { expected_.emplace_back(key); }
  std::size_t staged_bytes() const override { return staged_.bytes() + held_bytes_; }

  // Everything that is not in the database yet. Called without the gate by the thread that commits:
  // nobody else puts.
  void add_to(rocksdb::WriteBatch& batch);
  void on_committed();
  // The commit failed: what was staged is held. Readers keep what they were given before.
  void hold();
  const held_ptr& held() const { return held_; }

 private:
  void read_ahead();
  void set_held(held_ptr held);

  rocksdb::DB& db_;
  byte_table staged_;
  held_ptr held_;
  std::size_t held_bytes_ = 0;
  std::vector<std::string> expected_;
  byte_table ahead_;
  rocksdb::PinnableSlice found_;
  std::vector<std::pair<std::string_view, std::string_view>> order_;
};

}  // namespace roomlog
