// Edits, deletions and reactions between clients at a real server, live and after a restart. On
// every engine.
#include <gtest/gtest.h>

#include "tests/app/chat_client.h"
#include "tests/app/general_room.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

class message_changes_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  temporary_directory directory_;
};

boost::json::object event_with_seq(chat_client& of, std::int64_t seq) {
  return of.wait_for([seq](const boost::json::object& object) {
    return text_of(object, "type") == "event" && number_of(object, "seq") == seq;
  });
}

TEST_F(message_changes_test, travel_as_events_and_are_shown_in_the_page) {
  std::string ann_token, bob_token;
  {
    running_server server(data());
    ann_token = token_for(data(), "ann");
    bob_token = token_for(data(), "bob");
    chat_client ann(server, ann_token), bob(server, bob_token);
    (void)ann.ask(create_general, 1);
    (void)bob.ask(R"({"type":"join","id":1,"room":"general","cid":"b-1"})", 1);
    (void)bob.ask(R"({"type":"subscribe","id":2,"room":"general"})", 2);
    EXPECT_EQ(number_of(ann.ask(send(2, "c-2", "helo"), 2), "seq"), 3);
    EXPECT_EQ(number_of(ann.ask(send(3, "c-3", "secret"), 3), "seq"), 4);

    const auto edited =
        ann.ask(R"({"type":"edit","id":4,"room":"general","cid":"c-4","seq":3,"text":"hello"})", 4);
    EXPECT_EQ(number_of(edited, "seq"), 5);
    const auto pushed = event_with_seq(bob, 5);
    EXPECT_EQ(text_of(pushed, "kind"), "edit");
    EXPECT_EQ(number_of(pushed, "target"), 3);
    EXPECT_EQ(text_of(pushed, "text"), "hello");
    const auto foreign =
        bob.ask(R"({"type":"edit","id":3,"room":"general","cid":"b-3","seq":3,"text":"no"})", 3);
    EXPECT_EQ(text_of(foreign, "code"), "no_permission");

    const auto reaction =
        R"({"type":"react","id":5,"room":"general","cid":"b-5","seq":3,"emoji":"+1"})";
    EXPECT_EQ(number_of(bob.ask(reaction, 5), "seq"), 6);
    const auto again =
        bob.ask(R"({"type":"react","id":6,"room":"general","cid":"b-6","seq":3,"emoji":"+1"})", 6);
    EXPECT_EQ(number_of(again, "seq"), 6);
    EXPECT_TRUE(again.at("duplicate").as_bool());
    const auto never = bob.ask(
        R"({"type":"react","id":7,"room":"general","cid":"b-7","seq":3,"emoji":"-1","remove":true})",
        7);
    EXPECT_EQ(text_of(never, "code"), "invalid_field");

    EXPECT_EQ(
        number_of(ann.ask(R"({"type":"delete","id":8,"room":"general","cid":"c-8","seq":4})", 8),
                  "seq"),
        7);
    EXPECT_EQ(text_of(event_with_seq(bob, 7), "kind"), "delete");
    const auto gone =
        ann.ask(R"({"type":"edit","id":9,"room":"general","cid":"c-9","seq":4,"text":"back"})", 9);
    EXPECT_EQ(text_of(gone, "code"), "invalid_field");
  }
  running_server server(data());
  chat_client bob(server, bob_token);
  const auto page = bob.ask(R"({"type":"history","id":1,"room":"general"})", 1);
  const auto& events = page.at("events").as_array();
  ASSERT_EQ(events.size(), 7u);
  EXPECT_EQ(text_of(events[2].as_object(), "text"), "hello");
  EXPECT_EQ(number_of(events[2].as_object(), "edit_count"), 1);
  EXPECT_TRUE(events[3].as_object().at("deleted").as_bool());
  EXPECT_EQ(boost::json::serialize(page).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
