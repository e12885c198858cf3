// What the tests of the parser share: a command's text taken or refused, and texts to try.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

#include "schemas/protocol/command_parser.h"

namespace roomlog::testing {

inline command_refusal refused(std::string_view json, const parser_limits& limits = {}) {
  auto parsed = parse_command(json, limits);
  if (auto* refusal = std::get_if<command_refusal>(&parsed)) return *refusal;
  ADD_FAILURE() << "accepted: " << json;
  return {};
}

inline void expect_refused(std::string_view json, error_code code, std::string_view says = {}) {
  const auto refusal = refused(json);
  EXPECT_STREQ(to_string(refusal.error.code), to_string(code)) << json;
  if (!says.empty()) {
    EXPECT_NE(refusal.error.message.find(says), std::string::npos)
        << json << " says: " << refusal.error.message;
  }
}

template <class Command>
Command accepted(std::string_view json, const parser_limits& limits = {}) {
  auto parsed = parse_command(json, limits);
  if (auto* refusal = std::get_if<command_refusal>(&parsed)) {
    ADD_FAILURE() << json << ": " << refusal->error.message;
    return {};
  }
  auto* made = std::get_if<Command>(&std::get<command>(parsed));
  if (made != nullptr) return *made;
  ADD_FAILURE() << "another kind of command: " << json;
  return {};
}

template <class Body>
Body body_of(std::string_view json) {
  auto made = accepted<event_command>(json);
  if (auto* body = std::get_if<Body>(&made.body)) return *body;
  ADD_FAILURE() << "another body: " << json;
  return {};
}

inline std::string json_text(std::string_view text) {
  return '"' + std::string(text) + '"';
}
inline std::string send_with(std::string_view fields) {
  const char* cid = fields.find(R"("cid")") == fields.npos ? R"("cid":"c-1",)" : "";
  return R"({"type":"send","room":"r","text":"hi",)" + std::string(cid) + std::string(fields) + "}";
}
inline std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace roomlog::testing
