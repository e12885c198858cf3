#include "projections/views/view_registry.h"

#include <algorithm>
#include <string>

#include "projections/views/history_view.h"
#include "projections/views/rooms_view.h"

namespace roomlog {
namespace {

template <class View>
std::unique_ptr<partition_view> make(partition_store& store, fold_state& fold) {
  return std::make_unique<View>(store, fold);
}

// Numbers of views that were given up are not used again: their keys may still be there.
constexpr view_entry views[] = {
    {"history", history_view_id, history_view_version, make<history_view>},
    {"rooms", rooms_view_id, rooms_view_version, make<rooms_view>},
};

}  // namespace

std::vector<view_entry> all_views() {
  return {std::begin(views), std::end(views)};
}

std::string_view view_names() {
  static const std::string names = [] {
    std::string all;
    for (const view_entry& view : views) all.append(all.empty() ? "" : " ").append(view.name);
    return all;
  }();
  return names;
}

std::optional<view_entry> find_view(std::string_view name) {
  const auto* found = std::ranges::find(views, name, &view_entry::name);
  if (found == std::end(views)) return std::nullopt;
  return *found;
}

}  // namespace roomlog
