// Properties of the parser: nothing that a stranger sends crashes it, and what it accepts means the
// same when it is written again.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "schemas/protocol/command_parser.h"

namespace roomlog::testing {
namespace {

// A value that Boost writes as we do: no doubles.
rc::Gen<boost::json::value> gen_value(int depth) {
  auto scalars = rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange<std::int64_t>(-1000, 1000),
                   [](std::int64_t n) { return boost::json::value(n); }),
      rc::gen::map(rc::gen::arbitrary<bool>(), [](bool b) { return boost::json::value(b); }),
      rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)),
                   [](const std::string& s) { return boost::json::value(s); }),
      rc::gen::just(boost::json::value(nullptr)));
  if (depth == 0) return scalars;
  auto array =
      rc::gen::map(rc::gen::container<std::vector<boost::json::value>>(gen_value(depth - 1)),
                   [](const auto& values) {
                     boost::json::array made;
                     for (const auto& v : values) made.push_back(v);
                     return boost::json::value(made);
                   });
  auto object = rc::gen::map(
      rc::gen::container<std::vector<std::pair<std::string, boost::json::value>>>(rc::gen::pair(
          rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'e')), gen_value(depth - 1))),
      [](const auto& members) {
        boost::json::object made;
        for (const auto& [k, v] : members) made[k] = v;
        return boost::json::value(made);
      });
  return rc::gen::oneOf(scalars, array, object);
}

TEST(command_parser_properties, any_bytes_are_parsed_or_refused) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) { (void)parse_command(bytes); }));
}

TEST(command_parser_properties, any_damage_to_a_good_command_is_parsed_or_refused) {
  const std::string good =
      R"({"type":"send","id":1,"room":"r","cid":"c","text":"\u00e9","metadata":{"a":[1,{}]}})";
  EXPECT_TRUE(rc::check([&] {
    std::string bytes = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange<std::size_t>(at, bytes.size() + 1));
    (void)parse_command(bytes);
  }));
}

TEST(command_parser_properties, an_accepted_send_means_the_same_written_again) {
  EXPECT_TRUE(rc::check([] {
    boost::json::object sent{{"type", "send"}, {"room", "r"}, {"cid", "c"}};
    sent["text"] = "x" + *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    boost::json::object metadata;
    metadata["m"] = *rc::gen::resize(5, gen_value(3));
    sent["metadata"] = metadata;
    const auto first =
        std::get<event_command>(std::get<command>(parse_command(boost::json::serialize(sent))));
    const auto& body = std::get<send_command>(first.body);
    RC_ASSERT(body.text == std::string_view(sent["text"].as_string()));
    RC_ASSERT(boost::json::parse(body.metadata_json) == boost::json::value(metadata));

    // From what the parser kept, in another order and with an id.
    const std::string again = R"({ "metadata": )" + body.metadata_json + R"(, "text": )" +
                              boost::json::serialize(boost::json::value(body.text)) +
                              R"(, "cid":"c","room":"r","id":9,"type":"send"})";
    const auto second = std::get<event_command>(std::get<command>(parse_command(again)));
    RC_ASSERT(second.digest == first.digest);
    RC_ASSERT(std::get<send_command>(second.body).metadata_json == body.metadata_json);
  }));
}

}  // namespace
}  // namespace roomlog::testing
