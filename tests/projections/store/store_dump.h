// A store's whole content, to compare.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "projections/store/state_keys.h"
#include "projections/store/state_store.h"

namespace roomlog::testing {

// Of no view that there is.
constexpr view_id some_view{9};

using store_dump = std::vector<std::pair<std::string, std::string>>;

inline store_dump dump_of(state_store& store) {
  store_dump all;
  store.dump([&](std::string_view key, std::string_view value) {
    all.emplace_back(key, value);
    return true;
  });
  return all;
}

}  // namespace roomlog::testing
