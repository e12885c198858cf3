// Paths and queries of reads over HTTP, hostile ones too.
#include "pushers/http/http_target.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schemas/protocol/command_parser.h"

namespace roomlog::testing {
namespace {

using kind = http_target::kind;

// What the routes of the server make of it.
std::optional<http_target> parse_http_target(const std::string& target) {
  std::optional<http_target> parsed;
  http_router router("");
  for (const auto& [pattern, what] : read_paths)
    router.add("GET", pattern, [&parsed, what = what](const routed_request& asked, const auto&) {
      parsed = make_http_target(what, asked);
    });
  router.answer({"GET", target, {}},
                [](const http_response& said) { EXPECT_EQ(said.status, 404); });
  return parsed;
}

// The command's JSON, or the error's message.
std::string command_text(const std::string& target) {
  const auto parsed = parse_http_target(target);
  if (!parsed) return "no such path";
  const auto made = command_of(*parsed);
  if (const auto* refused = std::get_if<client_error>(&made)) {
    EXPECT_EQ(refused->code, error_code::invalid_field);
    return refused->message;
  }
  return std::get<target_command>(made).json;
}

TEST(http_target, names_the_four_paths) {
  EXPECT_EQ(parse_http_target("/v1/rooms")->what, kind::rooms);
  EXPECT_EQ(parse_http_target("/v1/rooms?x")->what, kind::rooms);
  EXPECT_EQ(parse_http_target("/v1/rooms/a")->what, kind::room);
  EXPECT_EQ(parse_http_target("/v1/rooms/a/events")->what, kind::events);
  EXPECT_EQ(parse_http_target("/v1/rooms/a/members")->what, kind::members);
  EXPECT_EQ(parse_http_target("http://host:80/v1/rooms/a/events")->room, "a");
  EXPECT_EQ(parse_http_target("/v1/rooms/..")->room, "..");
}

TEST(http_target, decodes_a_room_once_and_as_one_segment) {
  EXPECT_EQ(parse_http_target("/v1/rooms/a%2Fb%3fc%23/events")->room, "a/b?c#");
  EXPECT_EQ(parse_http_target("/v1/rooms/%2541/events")->room, "%41");
  EXPECT_EQ(parse_http_target("/v1/rooms/a+b")->room, "a+b");
}

TEST(http_target, everything_else_is_no_such_path) {
  for (const char* target : {"",
                             "/",
                             "*",
                             "/v1",
                             "/v1/",
                             "/v2/rooms",
                             "/v1/rooms/",
                             "/v1//rooms",
                             "//v1/rooms",
                             "/v1/rooms//events",
                             "/v1/rooms/a/",
                             "/v1/rooms/a/events/",
                             "/v1/rooms/a/members/",
                             "/v1/rooms/a/members/b",
                             "/v1/rooms/a/events/7",
                             "/v1/rooms/a%",
                             "/v1/rooms/a%2",
                             "/v1/rooms/a%zz/events",
                             "/v1/rooms/a b",
                             "/V1/rooms",
                             "/v1/rooms#x",
                             "v1/rooms",
                             "host:80",
                             "/v1/../v1/rooms",
                             "/v1/rooms/\xff",
                             "/v1/rooms\\a"}) {
    EXPECT_FALSE(parse_http_target(target)) << target;
  }
}

TEST(http_target, makes_the_command_that_asks_the_same) {
  EXPECT_EQ(command_text("/v1/rooms"), R"({"type":"rooms"})");
  EXPECT_EQ(command_text("/v1/rooms?min_seq=4"), R"({"type":"rooms","min_seq":4})");
  EXPECT_EQ(command_text("/v1/rooms?after=17&limit=5&order=name"),
            R"({"type":"rooms","after":"17","limit":5,"order":"name"})");
  EXPECT_EQ(command_text("/v1/rooms/a/members?after=z%20y&limit=5&min_seq=2"),
            R"({"type":"members","room":"a","after":"z y","limit":5,"min_seq":2})");
  EXPECT_EQ(command_text("/v1/rooms/a%22b/events?after_seq=0&limit=5&kinds=message,edit"),
            R"({"type":"history","room":"a\"b","after_seq":0,"limit":5,)"
            R"("kinds":["message","edit"]})");
  EXPECT_EQ(command_text("/v1/rooms/a/events?since=2026-03-01T09%3A14%3A07Z"),
            R"({"type":"history","room":"a","since":"2026-03-01T09:14:07Z"})");
  // What is no number stays text, for the command's own rules to refuse.
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit=07"),
            R"({"type":"history","room":"a","limit":"07"})");
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit=-1"),
            R"({"type":"history","room":"a","limit":"-1"})");
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit=1,\"x\":2"),
            "no such path");  // a quote has to be encoded
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit=1,%22x%22:2"),
            R"({"type":"history","room":"a","limit":"1,\"x\":2"})");
}

TEST(http_target, a_plus_sign_in_a_time_is_one) {
  EXPECT_EQ(command_text("/v1/rooms/a/events?since=2026-03-01T10:14:07+01:00"),
            R"({"type":"history","room":"a","since":"2026-03-01T10:14:07+01:00"})");
}

TEST(http_target, parameters_that_are_not_known_are_ignored) {
  EXPECT_EQ(command_text("/v1/rooms?kinds=message"), R"({"type":"rooms"})");
  EXPECT_EQ(command_text("/v1/rooms/a/members?order=x"), R"({"type":"members","room":"a"})");
  EXPECT_EQ(command_text("/v1/rooms/a?after_seq=5&after_seq"), R"({"type":"history","room":"a"})");
  EXPECT_EQ(command_text("/v1/rooms/a/events?room=b&limit=5&%ff=%00&later&later"),
            R"({"type":"history","room":"a","limit":5})");
}

TEST(http_target, a_parameter_that_does_not_fit_is_named) {
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit=5&limit=5"), "limit: must be given once");
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit=5&%6cimit=6"), "limit: must be given once");
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit="), "limit: must be given with a value");
  EXPECT_EQ(command_text("/v1/rooms/a/events?limit"), "limit: must be given with a value");
  EXPECT_EQ(command_text("/v1/rooms/a/events?since=%00"), "since: must be printable ASCII");
  EXPECT_EQ(command_text("/v1/rooms/%ff%00/events"),
            "room: must be 1 to 128 characters of 0x21 to 0x7E");
  for (const char* last : {"x", "-1", "01", "9007199254740992", "99999999999999999999999"}) {
    EXPECT_EQ(command_text(std::string("/v1/rooms/a/events?last=") + last),
              "last: must be an integer from 0 to 9007199254740991");
  }
  EXPECT_EQ(command_text("/v1/rooms/a/events?last=5&after_seq=1"),
            "last: must be given without after_seq, before_seq and since: at most one of the four");
}

// Pieces of targets in any order, and bytes between them.
std::string any_target() {
  std::string target = *rc::gen::element<std::string>("/v1/rooms", "/v1/rooms/r/events?", "/", "");
  const auto count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    target += *rc::gen::oneOf(rc::gen::element<std::string>(
                                  "/", "?", "&", "=", "%", "%2", "%00", "%22", "%5c", "%ff",
                                  "limit=", "last=", "kinds=", "since=", "after_seq=", "min_seq",
                                  "message", ",", "7", "0", "-", "events", "..", "#", "+"),
                              rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  }
  return target;
}

RC_GTEST_PROP(http_target, any_target_makes_a_command_that_is_json_or_is_refused, ()) {
  const auto target = any_target();
  const auto parsed = parse_http_target(target);
  if (!parsed) return;
  const auto made = command_of(*parsed);
  if (const auto* refused = std::get_if<client_error>(&made)) {
    for (const char c : refused->message) RC_ASSERT(c >= 0x20 && c <= 0x7e);
    return;
  }
  const auto command = parse_command(std::get<target_command>(made).json);
  if (const auto* refused = std::get_if<command_refusal>(&command)) {
    RC_ASSERT(refused->error.code == error_code::invalid_field ||
              refused->error.code == error_code::missing_fields);
  }
}

}  // namespace
}  // namespace roomlog::testing
