// What was put and could not be written: held in memory, in key order, in front of the database.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "projections/store/state_store.h"

namespace rocksdb {
class Iterator;
}

namespace roomlog {

using held_entries = std::map<std::string, std::string, std::less<>>;
using held_ptr = std::shared_ptr<const held_entries>;  // null: nothing

// Visits lower ≤ key < upper of both in the order of keys; of a key in both, the held entry.
// `stored` is bounded by the same range. Throws store_error when it fails.
void scan_both(const held_ptr& held, rocksdb::Iterator& stored, std::string_view lower,
               std::string_view upper, scan_direction direction, const state_store::visitor& visit);

}  // namespace roomlog
