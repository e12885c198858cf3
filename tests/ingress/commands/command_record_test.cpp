#include "ingress/commands/command_record.h"

#include <gtest/gtest.h>

#include "tests/ingress/commands/record_of.h"

namespace roomlog::testing {
namespace {

// Budgets are in bytes of the log, which are told before the record is made.
TEST(command_record, what_it_takes_in_the_log_is_told_before_and_never_too_low) {
  std::string names, long_text(3'900, 'x');
  for (int m = 0; m < 100; ++m) {
    names += (m == 0 ? "\"" : ",\"") + std::to_string(m) + std::string(m * 2, 'y') + "\"";
  }
  const std::string commands[] = {
      R"({"type":"send","room":"general","cid":"c","text":"t"})",
      R"({"type":"send","room":"general","cid":"c","after_cid":"d","text":")" + long_text + "\"}",
      R"({"type":"send","room":"general","cid":"c","text":"t","metadata":{"m":")" + long_text +
          R"("},"attachments":[{"a":1}],"signature":{"s":"t"},"thread":7,"reply_to":9})",
      R"({"type":"create","room":"general","title":"The Title","members":[)" + names + "]}",
      R"({"type":"join","room":"general"})",
      R"({"type":"leave","room":"general"})",
      R"({"type":"invite","room":"general","user":"bob"})",
      R"({"type":"kick","room":"general","user":"bob"})",
      R"({"type":"role","room":"general","user":"bob","role":"admin"})",
  };
  for (const auto& json : commands) {
    auto record = record_of(json);
    for (const char* trace : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
      record.command.traceparent = trace;
      const std::size_t real =
          record.room_key.size() + encode_record(record, {"gateway-1", 1, 2, 3}).size();
      EXPECT_GE(record.log_bytes(), real) << json.substr(0, 80);
      EXPECT_LE(record.log_bytes(), real + real / 8 + 300) << json.substr(0, 80);
    }
  }
}

TEST(command_record, its_memory_counts_names_and_texts) {
  const auto small = record_of(R"({"type":"create","room":"general"})").bytes();
  const auto large =
      record_of(R"({"type":"create","room":"general","title":")" + std::string(200, 't') +
                R"(","members":[")" + std::string(255, 'm') + R"("]})")
          .bytes();
  EXPECT_GE(large, small + 455 + 2 * sizeof(std::string));
}

}  // namespace
}  // namespace roomlog::testing
