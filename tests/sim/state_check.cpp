#include "tests/sim/state_check.h"

#include <map>

#include "projections/worker/offline_fold.h"

namespace roomlog::sim {
namespace {

using state = std::map<std::string, std::string>;

state dump(state_store& store) {
  state all;
  store.dump([&](std::string_view key, std::string_view value) {
    all.emplace(key, value);
    return true;
  });
  return all;
}

// "1.2.0.C" for the bytes that a key begins with: view, version, partition, table.
std::string name_of(const std::string& key) {
  if (key.size() < 5) return "the key of the store itself";
  return "a key of view " + std::to_string(key[0]) + ", partition " + std::to_string(key[3]) +
         ", table " + key[4];
}

}  // namespace

std::string state_problem(log& events, std::unique_ptr<server_process>& process,
                          const std::shared_ptr<memory_state>& disk, const process_setup& setup) {
  while (process->fold().step()) {  // the last step commits
  }
  process.reset();
  memory_state_store kept(disk);
  memory_state_store fresh(events.partitions());
  for (std::uint32_t p = 0; p < events.partitions(); ++p) {
    const auto folded =
        fold_offline(events, fresh, {.partition = partition_id{p}, .views = setup.views});
    if (!folded) return "the log cannot be folded: " + folded.error().text;
  }
  const state is = dump(kept), right = dump(fresh);
  for (const auto& [key, value] : right) {
    const auto found = is.find(key);
    if (found == is.end()) return name_of(key) + " is missing";
    if (found->second != value) return name_of(key) + " differs from a fold from nothing";
  }
  for (const auto& [key, value] : is) {
    if (!right.contains(key)) return name_of(key) + " should not be there";
  }
  return {};
}

}  // namespace roomlog::sim
