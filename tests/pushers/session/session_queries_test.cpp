// Queries of a session that passed every check: when they go to the readers, and what becomes of
// them.
#include "pushers/session/session_queries.h"

#include <gtest/gtest.h>

#include "tests/pushers/session/output_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// Takes queries; nothing else is asked of it.
class query_env final : public session_env {
 public:
  explicit query_env(output_rig& client) : client_(client) {}
  moment now() const override { return client_.now(); }
  void wake() override { client_.wake(); }
  void load_page(page_request request) override { client_.load_page(std::move(request)); }
  void verify_token(std::string) override { FAIL(); }
  std::optional<command_outcome> submit(const principal&, event_command) override {
    return std::nullopt;
  }
  std::optional<client_error> admit_read(const principal&) override { return std::nullopt; }
  bool run_query(view_query query) override {
    if (!full) asked.push_back(std::move(query));
    return !full;
  }
  bool find_cursor(cursor_request) override { return false; }
  void wait_level(const std::vector<partition_id>&, std::uint64_t) override { FAIL(); }
  void next_turn() override { FAIL(); }
  void close(std::uint16_t, std::string_view) override { FAIL(); }
  void abort() override { FAIL(); }
  peer_progress progress() override { return {}; }

  bool full = false;
  std::vector<view_query> asked;

 private:
  output_rig& client_;
};

struct session_queries_test : ::testing::Test {
  void ask(const std::string& id) {
    rooms_command what;
    what.id = id;
    queries.ask({"t", "ann", {}, std::move(what)});
  }
  void answer(std::size_t index) {
    queries.on_answer({env.asked.at(index).ticket, "{\"type\":\"page\"}", false, {}});
  }
  shard_rig shard;
  output_rig client{shard};
  query_env env{client};
  session_queries queries{client.replies, env, client.events};
};

TEST_F(session_queries_test, one_whose_page_has_room_goes_to_the_readers_at_once) {
  ask("1");
  EXPECT_EQ(env.asked.size(), 1u);
  EXPECT_EQ(queries.open(), 1u);
  EXPECT_EQ(queries.due(), client.time.steady + shard.times.fold_wait);
  answer(0);
  EXPECT_EQ(queries.open(), 0u);
  EXPECT_EQ(queries.due(), never);
  EXPECT_EQ(field(client.said_one(), "type"), "page");
}

TEST_F(session_queries_test, the_next_one_waits_for_room_and_goes_in_order) {
  for (const char* id : {"1", "2", "3"}) ask(id);
  EXPECT_EQ(env.asked.size(), 1u);
  EXPECT_EQ(queries.open(), 3u);
  EXPECT_EQ(shard.counters.queries_waited, 2u);
  answer(0);
  ASSERT_EQ(env.asked.size(), 2u);
  EXPECT_EQ(std::get<rooms_command>(env.asked[1].what).id, "2");
  client.replies.send_text(std::string(shard.limits.output_bytes_max, 'x'));
  answer(1);
  EXPECT_EQ(env.asked.size(), 2u) << "what waits to be sent takes the room";
  (void)client.said();
  queries.run_waiting();
  EXPECT_EQ(env.asked.size(), 3u);
}

TEST_F(session_queries_test, a_catch_up_page_that_is_open_takes_its_part_of_the_room) {
  shard.limits.page_bytes = shard.limits.output_bytes_max;
  shard.world.create("t/r", "ann");
  client.events.add("t/r", seq_no{1}, seq_no{1});
  client.events.load_next_page(client.time);
  ask("1");
  EXPECT_TRUE(env.asked.empty());
  client.events.on_page({1, true, {}, {}, seq_no{1}, seq_no{UINT64_MAX}}, client.time);
  queries.run_waiting();
  EXPECT_EQ(env.asked.size(), 1u);
}

TEST_F(session_queries_test, one_without_an_answer_in_time_is_unavailable_and_its_answer_dropped) {
  ask("1");
  client.pass(shard.times.fold_wait - 1us);
  queries.expire(client.time);
  EXPECT_EQ(queries.open(), 1u);
  client.pass(1us);
  queries.expire(client.time);
  EXPECT_EQ(field(client.said_one(), "code"), "unavailable");
  EXPECT_EQ(shard.counters.query_deadlines, 1u);
  answer(0);
  EXPECT_TRUE(client.said().empty());
}

TEST_F(session_queries_test, one_that_is_too_many_for_its_user_is_refused) {
  env.full = true;
  ask("1");
  EXPECT_EQ(queries.open(), 0u);
  const auto refused = client.said_one();
  EXPECT_EQ(field(refused, "code"), "overloaded");
  EXPECT_EQ(field(refused, "id"), "1");
}

}  // namespace
}  // namespace roomlog::testing
