// What becomes of a read, by what the fold knows at that moment.
#include "pushers/queries/plan_read.h"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "log/partitioner.h"

namespace roomlog::testing {
namespace {

// A fold of four partitions with one room, "t/r" of ann, whose head the test sets.
class one_room final : public fold_lookup {
 public:
  std::uint32_t partitions() const override { return 4; }
  offset position(partition_id p) const override {
    if (levels_when_looked_at) {
      head = seq_no{11};
      behind.clear();
    }
    return offset{100 - (behind.count(p) != 0 ? behind.at(p) : 0)};
  }
  offset log_end(partition_id) const override { return offset{100}; }
  bool sees_log_end() const override { return sees_end; }
  bool folds(partition_id p) const override { return p != elsewhere; }
  result<room_info> find_room(std::string_view room) const override {
    if (unreadable) return error{errc::unavailable, "the state cannot be read"};
    if (room != "t/r") return error{errc::not_found, "no such room"};
    room_info info;
    info.head = head;
    return info;
  }
  result<member_role> role_of(std::string_view, std::string_view user) const override {
    return user == member ? member_role::writer : member_role::none;
  }
  result<decided_command> find_command(std::string_view, std::string_view,
                                       std::string_view) const override {
    return error{errc::not_found, "none"};
  }
  result<std::uint64_t> fence_counter(partition_id, std::string_view) const override {
    return std::uint64_t{0};
  }
  result<seq_no> first_seq_since(std::string_view, timestamp) const override { return seq_no{1}; }
  result<seq_no> first_seq_after(std::string_view, offset) const override { return seq_no{1}; }
  void when_folded(partition_id, offset, std::function<void(result<>)> done) override { done({}); }
  void when_level(partition_id p, std::function<void(result<>)> done) override {
    awaited.emplace_back(p, std::move(done));
  }

  mutable seq_no head{10};
  mutable std::map<partition_id, std::uint64_t> behind;
  bool sees_end = true, unreadable = false, levels_when_looked_at = false;
  partition_id elsewhere{99};
  std::string member = "ann";
  std::vector<std::pair<partition_id, std::function<void(result<>)>>> awaited;
};

struct plan_read_test : ::testing::Test {
  plan_read_test() {
    ann.tenant = "t";
    ann.user = "ann";
  }
  read_plan plan(read_command what, fold_level level = fold_level::not_awaited) {
    return plan_read(fold, ann, what, level);
  }
  static history_command history(std::uint64_t min_seq = 0, std::string room = "r") {
    history_command what;
    what.room = std::move(room);
    what.min_seq = seq_no{min_seq};
    return what;
  }
  one_room fold;
  principal ann;
  const partition_id home = partition_of("t/r", 4);
};

TEST_F(plan_read_test, a_member_reads_up_to_the_head) {
  const auto made = plan(history(10));
  EXPECT_EQ(made.step, read_step::run);
  EXPECT_EQ(made.room.head, seq_no{10});
}

TEST_F(plan_read_test, every_field_that_names_a_seq_is_held_against_the_head) {
  const auto refused = [&](const read_command& what) {
    const auto made = plan(what);
    EXPECT_EQ(made.step, read_step::refuse);
    return made.why.message.substr(0, made.why.message.find(' '));
  };
  EXPECT_EQ(refused(history(11)), "min_seq");
  history_command after, before;
  after.room = before.room = "r";
  after.after_seq = seq_no{11};
  before.before_seq = seq_no{12};
  EXPECT_EQ(refused(after), "after_seq");
  EXPECT_EQ(refused(before), "before_seq");
  before.before_seq = seq_no{11};
  EXPECT_EQ(plan(before).step, read_step::run);
  subscribe_command by_seq, by_offset;
  by_seq.room = by_offset.room = "r";
  by_seq.after_seq = seq_no{11};
  by_offset.after_offset = offset{100};
  EXPECT_EQ(refused(by_seq), "after_seq");
  EXPECT_EQ(refused(by_offset), "after_offset");
  by_offset.after_offset = offset{99};
  EXPECT_EQ(plan(by_offset).step, read_step::run);
  members_command members;
  members.room = "r";
  members.min_seq = seq_no{11};
  EXPECT_EQ(refused(members), "min_seq");
}

TEST_F(plan_read_test, what_would_be_refused_waits_once_for_a_fold_that_is_behind) {
  fold.behind[home] = 1;
  for (const auto& what : {history(11), history(0, "r"), history(0, "nowhere")}) {
    fold.behind[partition_of("t/" + what.room, 4)] = 1;
    fold.member = what.min_seq.value == 0 ? "bob" : "ann";
    const auto made = plan(what);
    EXPECT_EQ(made.step, read_step::wait) << what.room;
    EXPECT_EQ(made.behind, std::vector<partition_id>{partition_of("t/" + what.room, 4)});
    EXPECT_EQ(plan(what, fold_level::reached).step, read_step::refuse);
  }
  fold.member = "ann";
  EXPECT_EQ(plan(history(10)).step, read_step::run) << "what may run waits for nothing";
}

TEST_F(plan_read_test, where_the_logs_end_is_not_seen_a_refusal_waits_for_it) {
  fold.sees_end = false;
  EXPECT_EQ(plan(history(11)).step, read_step::wait);
}

TEST_F(plan_read_test, rights_are_those_of_the_moment_at_which_it_is_planned) {
  EXPECT_EQ(plan(history()).step, read_step::run);
  fold.member = "bob";
  const auto made = plan(history());
  EXPECT_EQ(made.step, read_step::refuse);
  EXPECT_EQ(made.why.code, error_code::unknown_room);
}

TEST_F(plan_read_test, a_state_that_cannot_be_read_is_no_refusal_of_rights) {
  fold.unreadable = true;
  EXPECT_EQ(plan(history()).why.code, error_code::unavailable);
}

TEST_F(plan_read_test, a_fold_that_becomes_level_between_two_looks_is_looked_at_again) {
  fold.levels_when_looked_at = true;
  EXPECT_EQ(plan(history(11)).step, read_step::run);
}

TEST_F(plan_read_test, rooms_that_are_folded_elsewhere_are_misdirected) {
  fold.elsewhere = home;
  EXPECT_EQ(plan(history()).why.code, error_code::misdirected);
  EXPECT_EQ(plan(rooms_command{}).why.code, error_code::misdirected);
}

TEST_F(plan_read_test, a_list_of_rooms_waits_for_all_partitions_where_it_names_a_seq) {
  fold.behind = {{partition_id{1}, 5}, {partition_id{3}, 1}};
  EXPECT_EQ(plan(rooms_command{}).step, read_step::run);
  rooms_command what;
  what.min_seq = seq_no{1};
  const auto made = plan(what);
  EXPECT_EQ(made.step, read_step::wait);
  EXPECT_EQ(made.behind, (std::vector<partition_id>{partition_id{1}, partition_id{3}}));
  EXPECT_EQ(plan(what, fold_level::reached).step, read_step::run);
}

TEST_F(plan_read_test, everything_that_the_log_held_is_waited_for_in_each_partition) {
  int calls = 0;
  when_level(fold, {partition_id{0}, partition_id{1}, partition_id{2}}, [&](const result<>& done) {
    EXPECT_TRUE(done);
    ++calls;
  });
  ASSERT_EQ(fold.awaited.size(), 3u);
  for (auto& [partition, done] : fold.awaited) {
    EXPECT_EQ(calls, 0);
    done({});
  }
  EXPECT_EQ(calls, 1);
}

TEST_F(plan_read_test, the_first_error_ends_the_wait_for_several_partitions) {
  std::vector<result<>> said;
  when_level(fold, {partition_id{0}, partition_id{1}, partition_id{2}},
             [&](result<> done) { said.push_back(std::move(done)); });
  fold.awaited[1].second(error{errc::unavailable, "the log does not answer"});
  fold.awaited[2].second(error{errc::closed, "the fold has stopped"});
  fold.awaited[0].second({});
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].error().code, errc::unavailable);
}

TEST(query_of, a_read_becomes_the_query_of_its_kind_in_the_room_of_its_tenant) {
  principal ann;
  ann.tenant = "t";
  ann.user = "ann";
  history_command history;
  history.room = "r";
  history.id = "1";
  const auto page = query_of(ann, history);
  EXPECT_EQ(page.room_key, "t/r");
  EXPECT_EQ(page.user, "ann");
  EXPECT_EQ(std::get<history_command>(page.what).id, "1");
  members_command members;
  members.room = "r";
  EXPECT_TRUE(std::holds_alternative<members_command>(query_of(ann, members).what));
  const auto rooms = query_of(ann, rooms_command{});
  EXPECT_TRUE(std::holds_alternative<rooms_command>(rooms.what));
  EXPECT_EQ(rooms.room_key, "");
  EXPECT_THROW(query_of(ann, subscribe_command{}), std::logic_error);
}

TEST_F(plan_read_test, a_subscription_begins_where_its_command_says) {
  room_info room;
  room.head = seq_no{10};
  subscribe_command what;
  EXPECT_EQ(first_of(what, room, nullptr), seq_no{11});
  what.last = 3;
  EXPECT_EQ(first_of(what, room, nullptr), seq_no{8});
  what.last = 10;
  EXPECT_EQ(first_of(what, room, nullptr), seq_no{1});
  what = {};
  what.after_seq = seq_no{4};
  EXPECT_EQ(first_of(what, room, nullptr), seq_no{5});
  what = {};
  what.since = timestamp{1};
  found_cursor found;
  found.first = seq_no{7};
  EXPECT_EQ(first_of(what, room, &found), seq_no{7});
  EXPECT_TRUE(needs_search(fold, "t/r", what));
  EXPECT_FALSE(needs_search(fold, "t/r", subscribe_command{}));
}

}  // namespace
}  // namespace roomlog::testing
