// Output that may be left out: behind replies and events, by rank, shed where the client does not
// keep up.
#include "pushers/session/spare_output.h"

#include <gtest/gtest.h>

#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

// Says one object for each note that it was given.
class notes final : public spare_output {
 public:
  notes(spare_rank rank, std::string name) : spare_output(rank), name_(std::move(name)) {}
  void say(session_replies& replies, std::size_t bytes_max) override {
    for (std::size_t said = 0; notes_ != 0 && said < bytes_max; --notes_) {
      const auto object = R"({"type":")" + name_ + "\"}";
      replies.send_text(object);
      said += object.size();
    }
  }
  void shed() override { notes_ = 0; }
  void add(std::size_t count) { notes_ += count; }
  std::size_t waiting() const { return notes_; }

 private:
  const std::string name_;
  std::size_t notes_ = 0;
};

struct spare_output_test : room_session {
  void SetUp() override {
    room_session::SetUp();
    client.of().add_output(signals);
    client.of().add_output(receipts);
  }
  void TearDown() override {
    client.of().remove_output(receipts);
    client.of().remove_output(signals);
  }
  notes receipts{spare_rank::receipts, "receipts"}, signals{spare_rank::signals, "signals"};
};

TEST_F(spare_output_test, it_comes_behind_replies_and_events_and_by_rank) {
  subscribe();
  EXPECT_EQ(story(), "subscribed live:10");
  signals.add(1);
  receipts.add(2);
  client.publish(shard.world.post_many("default/r", "bob", "text", 2));
  client.text(R"({"type":"ping"})");
  EXPECT_EQ(story(), "pong 11 12 receipts receipts signals");
}

TEST_F(spare_output_test, so_little_is_said_at_once_that_an_event_waits_for_little) {
  client.narrow_socket();
  receipts.add(10'000);
  signals.add(1);
  (void)client.send_once();
  EXPECT_GT(receipts.waiting(), 0u);
  EXPECT_EQ(signals.waiting(), 1u);
  client.settle();
  EXPECT_EQ(receipts.waiting() + signals.waiting(), 0u);
}

TEST_F(spare_output_test, all_of_it_is_shed_when_the_client_does_not_keep_up) {
  shard.limits.output_bytes_max = 1000;
  while (client.of().wants_input()) client.text(R"({"type":"ping"})");
  receipts.add(3);
  signals.add(3);
  client.of().prepare();
  EXPECT_EQ(receipts.waiting() + signals.waiting(), 0u);
  EXPECT_EQ(story().find("receipts"), std::string::npos);
}

TEST_F(spare_output_test, one_that_was_removed_is_not_asked_any_more) {
  client.of().remove_output(receipts);
  receipts.add(1);
  signals.add(1);
  EXPECT_EQ(story(), "signals");
  EXPECT_EQ(receipts.waiting(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
