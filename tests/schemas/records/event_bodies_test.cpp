// Whatever is said of every body is held against all alternatives of event_facts.
#include "schemas/records/event_bodies.h"

#include <map>
#include <set>

#include "schemas/protocol/event_json.h"
#include "tests/schemas/protocol/command_parser_support.h"
#include "tests/schemas/records/samples.h"

namespace roomlog::testing {
namespace {

// By the index of its facts, one that is not encrypted.
std::map<std::size_t, event> one_of_each_body() {
  std::map<std::size_t, event> all;
  for (const auto& [name, value] : sample_events()) {
    if (value.body_encoding == 0) all.emplace(value.facts.index(), value);
  }
  EXPECT_EQ(all.size(), std::variant_size_v<event_facts>);
  return all;
}

TEST(event_bodies, events_of_rooms_have_numbers_without_a_gap) {
  std::set<int> numbers;
  std::size_t events = 0;
  for (const auto& body : event_bodies::all) {
    if (!body.is_room_event()) continue;
    numbers.insert(body.number);
    ++events;
  }
  EXPECT_EQ(numbers.size(), events) << "two bodies have the same number";
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), static_cast<int>(events));
}

TEST(event_bodies, events_of_rooms_and_no_others_are_shown_and_have_a_kind) {
  for (const auto& [index, ev] : one_of_each_body()) {
    std::string frame;
    const bool is_shown =
        append_event_json(frame, ev, {seq_no{1}, offset{2}, timestamp{3}}).has_value();
    EXPECT_EQ(is_shown, entry_of(ev.facts).is_room_event()) << index;
    EXPECT_EQ(!std::string_view(event_kind(ev)).empty(), entry_of(ev.facts).is_room_event())
        << index;
  }
}

TEST(event_bodies, history_takes_every_kind_and_the_refusal_names_it) {
  const auto asking = [](std::string_view kind) {
    return R"({"type":"history","room":"r","kinds":[)" + json_text(kind) + "]}";
  };
  const std::string why = refused(asking("ack")).error.message;
  for (const auto& body : event_bodies::all) {
    const std::string kind = body.kind;
    if (kind.empty()) continue;
    EXPECT_EQ(accepted<history_command>(asking(kind)).kinds, std::vector{kind});
    EXPECT_NE(why.find(kind), std::string::npos) << kind << " is not in: " << why;
  }
  expect_refused(asking("message_posted"), error_code::invalid_field);
}

}  // namespace
}  // namespace roomlog::testing
