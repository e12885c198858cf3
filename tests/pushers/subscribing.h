// What tests on real sockets send to subscribe, and how they read on to an object of one type.
#pragma once

#include <string>
#include <string_view>

#include "tests/pushers/session/session_rig.h"
#include "tests/testing/ws_client.h"

namespace roomlog::testing {

inline std::string subscribe(const std::string& room, const std::string& more = {}) {
  return R"({"type":"subscribe","id":9,"room":")" + room + '"' + more + '}';
}

// Reads objects until one of that type; gives it.
inline std::string next_of(ws_client& client, std::string_view type) {
  while (const auto object = client.next_object())
    if (field(*object, "type") == type) return *object;
  return {};
}

}  // namespace roomlog::testing
