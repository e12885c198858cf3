// While the fold's state cannot be read nothing is known: no command is refused for good, none is
// appended, and no fence is proposed.
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct unread_pipeline : pipeline {
  void SetUp() override {
    ingress_options options;
    lift_user_limits(options);
    begin_with_room(options);
    ASSERT_EQ(kind_of(ask(message(1))), "ack");
    world_->wait_folded();
  }
  // Asked after so many questions are answered: what the last of them was.
  std::vector<std::string> answers_to(const std::string& json, const char* name) {
    std::vector<std::string> kinds;
    for (int more = 0; more < 8; ++more) {
      const auto end = world_->events().bounds(partition_id{0}).end;
      world_->unread().fail_questions(more);
      const auto now = world_->send(json, name, 7);
      world_->unread().answer_questions();
      kinds.push_back(now ? kind_of(*now) : "appended");
      if (kinds.back() != "unavailable") break;
      EXPECT_EQ(world_->events().bounds(partition_id{0}).end, end) << "nothing is appended";
    }
    return kinds;
  }
  using kinds = std::vector<std::string>;
};

TEST_F(unread_pipeline, a_command_is_unavailable_whichever_question_fails) {
  EXPECT_EQ(answers_to(message(2), "ann"), kinds({"unavailable", "unavailable", "appended"}));
  EXPECT_EQ(kind_of(gw().wait_answer("2")), "ack");
}

TEST_F(unread_pipeline, a_command_that_was_decided_is_no_new_one) {
  EXPECT_EQ(answers_to(message(1), "ann"), kinds({"unavailable", "duplicate"}));
}

TEST_F(unread_pipeline, an_outsider_is_refused_only_by_what_is_known) {
  EXPECT_EQ(answers_to(message(3), "bob"), kinds({"unavailable", "unavailable", "not_member"}));
}

TEST_F(unread_pipeline, a_target_is_refused_only_by_what_is_known) {
  EXPECT_EQ(answers_to(message(4, R"(,"reply_to":99)"), "ann"),
            kinds({"unavailable", "unavailable", "invalid_field"}));
  for (const int more : {2, 100}) {
    world_->unread().fail_questions(more);
    const auto text = refused(message(4, R"(,"reply_to":99)")).message;
    EXPECT_EQ(text.find("beyond the head") == std::string::npos, more == 2) << text;
    EXPECT_EQ(text.find("which is " + std::to_string(UINT64_MAX)), std::string::npos) << text;
    world_->unread().answer_questions();
  }
}

TEST_F(unread_pipeline, a_predecessor_is_missed_only_by_what_is_known) {
  EXPECT_EQ(answers_to(message(4, R"(,"after_cid":"never")"), "ann"),
            kinds({"unavailable", "unavailable", "unavailable", "predecessor_missing"}));
}

// A counter that was taken before would be refused for ever, or end the other holder's lane.
TEST_F(unread_pipeline, no_fence_is_proposed_while_the_last_one_is_not_known) {
  world_->events().set_fate([](const auto&) { return append_fate::fail_unwritten; });
  EXPECT_FALSE(world_->send(message(2), "ann"));
  int appends = 0;
  world_->events().set_fate([&](const auto&) {
    ++appends;
    return append_fate::pass;
  });
  world_->unread().fail_questions();
  for (int i = 0; i < 5; ++i) gw().tick();
  EXPECT_EQ(appends, 0);
  world_->unread().answer_questions();
  world_->events().set_fate(nullptr);
  EXPECT_EQ(later_answer("2"), "ack");
  EXPECT_EQ(world_->fold().fence_counter(partition_id{0}, "gw-0").value(), 2u);
}

}  // namespace
}  // namespace roomlog::testing
