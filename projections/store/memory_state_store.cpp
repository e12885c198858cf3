#include "projections/store/memory_state_store.h"

#include <deque>
#include <map>
#include <set>
#include <utility>

#include "projections/store/byte_table.h"
#include "projections/store/state_keys.h"

namespace roomlog {
namespace {

constexpr std::size_t shards = 8;

bool is_folds(std::string_view key) {
  return view_of(key) == view_id::fold;
}

// The committed keys of one partition.
struct committed_keys {
  void put(std::string_view key, std::string_view value) {
    const std::string_view added = table.put(key, value);
    if (!added.empty() && (folds_ordered || !is_folds(added))) ordered.insert(added);
  }
  // Before a scan from `lower`.
  void order(std::string_view lower) {
    if (folds_ordered || !is_folds(lower)) return;
    folds_ordered = true;
    table.for_each([&](std::string_view key, std::string_view) { ordered.insert(key); });
  }
  // The table forgets no single key: the others move to a new one.
  void drop(std::string_view prefix) {
    const committed_keys before = std::exchange(*this, {});
    folds_ordered = before.folds_ordered;
    before.table.for_each([&](std::string_view key, std::string_view value) {
      if (!key.starts_with(prefix)) put(key, value);
    });
  }

  byte_table table{shards};
  std::set<std::string_view> ordered{};  // into the table's own copies
  bool folds_ordered = false;
};

}  // namespace

class memory_state {
 public:
  explicit memory_state(std::uint32_t partitions) : of(partitions) {}
  std::deque<committed_keys> of;  // the partitions
};

std::shared_ptr<memory_state> make_memory_state(std::uint32_t partitions) {
  return std::make_shared<memory_state>(partitions);
}

class memory_state_store::part final : public partition_store {
 public:
  explicit part(committed_keys& committed) : committed_(committed) {}

  std::optional<std::string_view> get(std::string_view key) override {
    if (staged_.size() > 0) {
      if (const auto found = staged_.find(key)) return found;
    }
    return committed_.table.find(key);
  }
  void put(std::string_view key, std::string_view value) override { staged_.put(key, value); }
  void expect_get(std::string_view key) override { committed_.table.prefetch(key); }
  std::size_t staged_bytes() const override { return staged_.bytes(); }

  void commit() {
    staged_.for_each(
        [&](std::string_view key, std::string_view value) { committed_.put(key, value); });
    staged_.clear();
  }
  committed_keys& committed() { return committed_; }

  partition_gate gate_;

 private:
  committed_keys& committed_;
  byte_table staged_;
};

memory_state_store::memory_state_store(std::shared_ptr<memory_state> on) : on_(std::move(on)) {
  for (committed_keys& keys : on_->of) parts_.push_back(std::make_unique<part>(keys));
}

memory_state_store::~memory_state_store() = default;

partition_gate& memory_state_store::gate(partition_id partition) {
  return parts_[partition.value]->gate_;
}

partition_store& memory_state_store::partition(partition_id partition) {
  return *parts_[partition.value];
}

result<> memory_state_store::commit(std::span<const partition_id> which) {
  for (partition_id p : which) {
    const auto lock = gate(p).enter_as_fold();
    parts_[p.value]->commit();
  }
  return {};
}

result<> memory_state_store::drop(partition_id partition, std::string_view prefix) {
  const auto lock = gate(partition).enter_as_fold();
  parts_[partition.value]->committed().drop(prefix);
  return {};
}

void memory_state_store::scan(partition_id partition, std::string_view lower,
                              std::string_view upper, scan_direction direction,
                              const visitor& visit) {
  const auto lock = gate(partition).enter_shared();
  committed_keys& from = parts_[partition.value]->committed();
  from.order(lower);
  const auto begin = from.ordered.lower_bound(lower);
  auto end = from.ordered.lower_bound(upper);
  if (direction == scan_direction::forward) {
    for (auto i = begin; i != end; ++i) {
      if (!visit(*i, *from.table.find(*i))) return;
    }
    return;
  }
  while (end != begin) {
    --end;
    if (!visit(*end, *from.table.find(*end))) return;
  }
}

std::optional<std::string> memory_state_store::read(partition_id partition, std::string_view key) {
  return read_together(partition, std::span(&key, 1)).front();
}

std::vector<std::optional<std::string>> memory_state_store::read_together(
    partition_id partition, std::span<const std::string_view> keys) {
  std::vector<std::optional<std::string>> values;
  const auto lock = gate(partition).enter_shared();
  for (const std::string_view key : keys) {
    values.emplace_back(parts_[partition.value]->committed().table.find(key));
  }
  return values;
}

void memory_state_store::dump(const visitor& visit) {
  std::map<std::string, std::string, std::less<>> sorted;
  for (std::uint32_t p = 0; p < partitions(); ++p) {
    const auto lock = gate(partition_id{p}).enter_shared();
    parts_[p]->committed().table.for_each(
        [&](std::string_view key, std::string_view value) { sorted.emplace(key, value); });
  }
  for (const auto& [key, value] : sorted) {
    if (!visit(key, value)) return;
  }
}

}  // namespace roomlog
