// Where fold state and views keep their keys, for all partitions of one process: bytes to bytes,
// with one atomic commit. Two implementations: memory_state_store (reference, simulation) and
// rocks_state_store.
//
//   key = | view u8 | version u8 | partition u16 | the view's own key |     (state_keys.h)
//
// A partition's puts are seen by its own get() at once; scan() and read() see what was committed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"
#include "log/base/types.h"
#include "projections/store/partition_gate.h"
#include "projections/store/store_error.h"

namespace roomlog {

// One partition's keys as its worker sees them. Every call under the partition's gate.
class partition_store {
 public:
  virtual ~partition_store() = default;
  // The value as put last; valid until the next call of any function.
  virtual std::optional<std::string_view> get(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
  // Hints: get() of this key will follow, with others that are expected now; put() will follow.
  virtual void expect_get(std::string_view key) { (void)key; /* only a hint */ }
  virtual void expect_put(std::string_view key) { (void)key; /* only a hint */ }
  // Bytes put since the last commit that became permanent.
  virtual std::size_t staged_bytes() const = 0;
};

enum class scan_direction { forward, backward };

// Thread-safe but for what is said of partition_store. Outlives its users.
class state_store {
 public:
  // Returns false to end the scan. The views are valid during the call.
  using visitor = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~state_store() = default;
  virtual std::uint32_t partitions() const = 0;
  virtual partition_gate& gate(partition_id partition) = 0;
  virtual partition_store& partition(partition_id partition) = 0;

  // What was put in these partitions since their last commit becomes permanent, all or nothing, and
  // is seen by scan() and read(). One thread per partition; takes the gates itself.
  //   errc::full  the disk takes nothing now. What was put is kept in memory, scan() and read() see
  //               it, and the next commit that names the partition writes it too
  //   errc::io    the same, but no later commit will succeed
  virtual result<> commit(std::span<const partition_id> which) = 0;

  // Removes every committed key of the partition that begins with `prefix`, in a time that does not
  // grow with their number on disk. Nothing of it is staged. errc::full, errc::io: as for commit().
  virtual result<> drop(partition_id partition, std::string_view prefix) = 0;

  // The partition as it was committed last, apart from what was put since: for a worker that has to
  // begin again from there. Null where reads never fail. It belongs to the caller until adopt()
  // puts it, under the gate, in the place of partition().
  virtual std::unique_ptr<partition_store> begin_again(partition_id partition) = 0;
  virtual void adopt(partition_id partition, std::unique_ptr<partition_store> fresh) = 0;

  // Committed keys of the partition in lower ≤ key < upper. Takes the gate where it must.
  virtual void scan(partition_id partition, std::string_view lower, std::string_view upper,
                    scan_direction direction, const visitor& visit) = 0;
  virtual std::optional<std::string> read(partition_id partition, std::string_view key) = 0;
  // Several keys as of one commit, in the order given.
  virtual std::vector<std::optional<std::string>> read_together(
      partition_id partition, std::span<const std::string_view> keys) = 0;

  // Every committed key in order: equal dumps are equal states.
  virtual void dump(const visitor& visit) = 0;
  // errc::io where the store's directory was removed, moved or replaced: what is committed would
  // not be found again.
  virtual result<> check_place() const { return {}; }
  // Brings what was committed out of memory, for good. memory_state_store: nothing to do.
  virtual result<> flush() = 0;
};

}  // namespace roomlog
