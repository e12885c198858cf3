// The digest's bytes are part of the log's format: these values must never change.
#include "schemas/protocol/command_digest.h"

#include <gtest/gtest.h>

#include <set>

#include "schemas/protocol/command_parser.h"
#include "schemas/protocol/direct_room.h"

namespace roomlog::testing {
namespace {

std::string hex(const command_digest& digest) {
  std::string out;
  for (const std::byte b : digest) {
    constexpr char digits[] = "0123456789abcdef";
    out += digits[std::to_integer<unsigned>(b) >> 4];
    out += digits[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

std::string digest_hex(std::string_view json) {
  auto parsed = parse_command(json);
  if (auto* made = std::get_if<command>(&parsed)) {
    return hex(std::get<event_command>(*made).digest);
  }
  ADD_FAILURE() << json << ": " << std::get<command_refusal>(parsed).error.message;
  return {};
}

std::string digest_bytes(std::string_view json) {
  scanned_object object;
  EXPECT_EQ(scan_object(json, object), nullptr);
  return command_digest_bytes(object);
}

TEST(command_digest, keeps_its_golden_values) {
  EXPECT_EQ(digest_hex(R"({"id":7, "type":"send", "text":"hi", "room":"general", "cid":"c1"})"),
            "0dcb21b0ca6d696557a4b58fcb3d1939");
  EXPECT_EQ(digest_hex(R"({"type":"send","room":"r\/1","cid":"c-2","text":"line\none\u001f\u0022",)"
                       R"("metadata":{ "b":1.0, "a":[1e5,-0,null,true] },"x-new":false,)"
                       R"("reply_to":4,"attachments":[{"name":"\u00fc.png","url":"u"}]})"),
            "24325e92b7190b222f8184842c555b41");
  EXPECT_EQ(digest_hex(R"({"type":"join","room":"general"})"), "3b2d08f24f3b2c3e2a9ae0c4ae4bfe8b");
}

TEST(command_digest, has_the_documented_bytes) {
  EXPECT_EQ(digest_bytes(R"({"type":"send","id":[],"room":"r","\u0001k":"\t\u007f","b":[ ]})"),
            "roomlog.command.1\n"
            "{\"\\u0001k\":\"\\t\x7f\",\"b\":[],\"room\":\"r\",\"type\":\"send\"}");
  EXPECT_EQ(digest_bytes("{}"), "roomlog.command.1\n{}");
}

TEST(command_digest, ignores_id_white_space_escapes_and_top_level_order) {
  const auto first = digest_hex(R"({"type":"send","room":"r","cid":"c","text":"é","id":1})");
  for (const char* same : {R"({"type":"send","room":"r","cid":"c","text":"é"})",
                           R"({"text":"\u00e9","cid":"c","room":"r","type":"send","id":"other"})",
                           "{ \"type\" : \"send\",\n\"room\":\"\\u0072\",\"cid\":\"c\",\t"
                           "\"text\":\"\xc3\xa9\" }"}) {
    EXPECT_EQ(digest_hex(same), first) << same;
  }
}

TEST(command_digest, sees_every_other_difference) {
  const char* const commands[] = {
      R"({"type":"send","room":"r","cid":"c","text":"a"})",
      R"({"type":"send","room":"r","cid":"c","text":"b"})",
      R"({"type":"send","room":"q","cid":"c","text":"a"})",
      R"({"type":"send","room":"r","cid":"d","text":"a"})",
      R"({"type":"join","room":"r","cid":"c"})",
      R"({"type":"join","room":"r"})",
      R"({"type":"send","room":"r","cid":"c","text":"a","content_type":"text"})",
      R"({"type":"send","room":"r","cid":"c","text":"a","metadata":{}})",
      R"({"type":"send","room":"r","cid":"c","text":"a","metadata":{"x":1,"y":2}})",
      R"({"type":"send","room":"r","cid":"c","text":"a","metadata":{"y":2,"x":1}})",
      R"({"type":"send","room":"r","cid":"c","text":"a","metadata":{"x":1.0,"y":2}})",
      R"({"type":"send","room":"r","cid":"c","text":"a","attachments":[]})",
      R"({"type":"send","room":"r","cid":"c","text":"a","reply_to":1})",
      R"({"type":"send","room":"r","cid":"c","text":"a","thread":1})",
      R"({"type":"send","room":"r","cid":"c","text":"a","after_cid":"b"})",
      R"({"type":"send","room":"r","cid":"c","text":"a","signature":{}})",
      R"({"type":"send","room":"r","cid":"c","text":"a","unknown":1})",
  };
  std::set<std::string> digests;
  for (const char* json : commands) EXPECT_TRUE(digests.insert(digest_hex(json)).second) << json;
}

TEST(direct_room, has_one_id_for_both_sides_and_keeps_it) {
  EXPECT_EQ(direct_room_id("bob", "ann"), direct_room_id("ann", "bob"));
  EXPECT_EQ(direct_room_id("ann", "bob"), "dm:62db38c904e8e97c2ac32d228b5c1d7d");
  EXPECT_NE(direct_room_id("ab", "c"), direct_room_id("a", "bc"));
}

}  // namespace
}  // namespace roomlog::testing
