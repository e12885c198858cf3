// A service with all views, on both stores, and what its pages are compared by.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "schemas/records/codec.h"
#include "tests/projections/worker/service_rig.h"

namespace roomlog::testing {

struct views : ::testing::TestWithParam<state_engine> {
  service_rig rig{{log_engine::memory, GetParam()}};

  void fill(std::uint64_t head) {
    rig.append(creates("ann", "c1"));
    for (std::uint64_t seq = 2; seq <= head; ++seq) {
      rig.append(says("ann", keep("c" + std::to_string(seq)), keep("text " + std::to_string(seq))));
    }
    rig.settle();
  }
  history_page page(const history_query& query, std::string_view room = open_room) {
    auto p = rig.history().page(room, query);
    if (!p) throw std::runtime_error(p.error().text);
    return std::move(*p);
  }
  history_page from(std::uint64_t first, std::size_t bytes_max = 1 << 20) {
    auto p = rig.history().events_from(open_room, seq_no{first}, bytes_max);
    if (!p) throw std::runtime_error(p.error().text);
    return std::move(*p);
  }
};

inline std::string name_of_store(const ::testing::TestParamInfo<state_engine>& info) {
  return info.param == state_engine::memory ? "memory" : "rocks";
}

inline std::vector<std::uint64_t> seqs(const history_page& page) {
  std::vector<std::uint64_t> all;
  for (const history_entry& e : page.entries) all.push_back(e.standing.seq.value);
  return all;
}

inline std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (; first <= last; ++first) all.push_back(first);
  return all;
}

inline std::string text_of(const history_entry& e) {
  const auto content = decode_message_content(e.ev.content);
  return content ? std::string(content->text) : "?";
}

inline std::string listed(const std::vector<member_entry>& members) {
  std::string all;
  for (const member_entry& m : members) {
    all += m.user + "/" + m.name + "/" + to_string(m.role) + " ";
  }
  return all;
}

}  // namespace roomlog::testing
