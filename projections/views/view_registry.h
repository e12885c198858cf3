// The views that there are. A new one is an entry here, and its own files.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/store/state_keys.h"

namespace roomlog {

class fold_state;
class partition_store;
class partition_view;

struct view_entry {
  std::string_view name;  // as fold.views and metrics name it
  view_id id;             // its keys begin with both numbers
  std::uint8_t version;   // another one builds the view anew
  std::unique_ptr<partition_view> (*make)(partition_store& store, fold_state& fold);

  friend bool operator==(const view_entry&, const view_entry&) = default;
};

std::vector<view_entry> all_views();
// Of all views, separated by spaces.
std::string_view view_names();
// Nothing where there is no view of that name.
std::optional<view_entry> find_view(std::string_view name);

}  // namespace roomlog
