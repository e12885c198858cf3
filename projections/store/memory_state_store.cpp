#include "projections/store/memory_state_store.h"

#include <map>

#include "projections/store/state_keys.h"

namespace roomlog {
namespace {

constexpr std::size_t shards = 8;

bool is_folds(std::string_view key) {
  return view_of(key) == view_id::fold;
}

}  // namespace

class memory_state_store::part final : public partition_store {
 public:
  std::optional<std::string_view> get(std::string_view key) override { return table_.find(key); }
  void put(std::string_view key, std::string_view value) override {
    staged_ += key.size() + value.size();
    const std::string_view added = table_.put(key, value);
    if (!added.empty() && (folds_ordered_ || !is_folds(added))) ordered_.insert(added);
  }
  void expect_get(std::string_view key) override { table_.prefetch(key); }
  void expect_put(std::string_view key) override { table_.prefetch(key); }
  std::size_t staged_bytes() const override { return staged_; }

  // Before a scan from `lower`.
  void order(std::string_view lower) {
    if (folds_ordered_ || !is_folds(lower)) return;
    folds_ordered_ = true;
    table_.for_each([&](std::string_view key, std::string_view) { ordered_.insert(key); });
  }

  partition_gate gate_;
  byte_table table_{shards};
  std::set<std::string_view> ordered_;  // into the table's own copies
  bool folds_ordered_ = false;
  std::size_t staged_ = 0;
};

memory_state_store::memory_state_store(std::uint32_t partitions) {
  for (std::uint32_t p = 0; p < partitions; ++p) parts_.push_back(std::make_unique<part>());
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
    parts_[p.value]->staged_ = 0;
  }
  return {};
}

void memory_state_store::scan(partition_id partition, std::string_view lower,
                              std::string_view upper, scan_direction direction,
                              const visitor& visit) {
  const auto lock = gate(partition).enter_as_reader();
  part& from = *parts_[partition.value];
  from.order(lower);
  const auto begin = from.ordered_.lower_bound(lower);
  auto end = from.ordered_.lower_bound(upper);
  if (direction == scan_direction::forward) {
    for (auto i = begin; i != end; ++i) {
      if (!visit(*i, *from.table_.find(*i))) return;
    }
    return;
  }
  while (end != begin) {
    --end;
    if (!visit(*end, *from.table_.find(*end))) return;
  }
}

std::optional<std::string> memory_state_store::read(partition_id partition, std::string_view key) {
  return read_together(partition, std::span(&key, 1)).front();
}

std::vector<std::optional<std::string>> memory_state_store::read_together(
    partition_id partition, std::span<const std::string_view> keys) {
  std::vector<std::optional<std::string>> values;
  const auto lock = gate(partition).enter_as_reader();
  for (const std::string_view key : keys) {
    values.emplace_back(parts_[partition.value]->table_.find(key));
  }
  return values;
}

void memory_state_store::dump(const visitor& visit) {
  std::map<std::string, std::string, std::less<>> sorted;
  for (std::uint32_t p = 0; p < partitions(); ++p) {
    const auto lock = gate(partition_id{p}).enter_as_reader();
    parts_[p]->table_.for_each(
        [&](std::string_view key, std::string_view value) { sorted.emplace(key, value); });
  }
  for (const auto& [key, value] : sorted) {
    if (!visit(key, value)) return;
  }
}

}  // namespace roomlog
