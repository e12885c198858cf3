// Commands in the room that most tests of a whole server talk in.
#pragma once

#include <string>

namespace roomlog::testing {

inline const std::string create_general =
    R"({"type":"create","id":1,"room":"general","public":true,"cid":"c-1"})";

inline std::string send(int id, const std::string& cid, const std::string& text) {
  return R"({"type":"send","id":)" + std::to_string(id) + R"(,"room":"general","cid":")" + cid +
         R"(","text":")" + text + R"("})";
}

}  // namespace roomlog::testing
