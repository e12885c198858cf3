// A fresh directory that goes away with its owner; and a store's content, to compare.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "projections/state_store.h"

namespace roomlog::testing {

class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "roomlog-fold-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~temporary_directory() {
    std::error_code ignored;  // nothing can be done about it here
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

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
