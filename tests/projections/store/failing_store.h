// A state store of one partition on a disk that refuses on demand.
#pragma once

#include <gtest/gtest.h>

#include "projections/store/rocks_state_store.h"
#include "tests/projections/store/failing_disk.h"
#include "tests/projections/store/store_dump.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {

inline constexpr partition_id p0{0};
using strings = std::vector<std::string>;

inline std::string key(std::string_view name) {
  return std::string(key_builder(some_view, 1, p0, 'X').text(name));
}

struct failing_store : ::testing::Test {
  failing_store() { open(); }
  void open() {
    store.reset();
    auto opened = open_rocks_state_store(dir.path(), {1, "abc123", cache_bytes, disk.env()});
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    store = std::move(*opened);
  }
  void put(std::string_view name, std::string_view value) {
    store->partition(p0).put(key(name), value);
  }
  // The code of the failure, or "done".
  std::string commit() {
    const auto done = store->commit(std::span(&p0, 1));
    return done ? "done" : to_string(done.error().code);
  }
  bool commits_at_last() {
    return eventually([this] { return commit() == "done"; });
  }
  strings scan(scan_direction way) {
    strings found;
    store->scan(p0, key("a"), key("z"), way, [&](std::string_view k, std::string_view v) {
      found.push_back(std::string(k.substr(key("").size())) + "=" + std::string(v));
      return true;
    });
    return found;
  }
  strings content() { return scan(scan_direction::forward); }

  temporary_directory dir;
  failing_disk disk;
  std::size_t cache_bytes = 8 << 20;
  std::unique_ptr<state_store> store;
};

}  // namespace roomlog::testing
