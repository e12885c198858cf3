// What a reader is told while the state cannot be read: never that something is not there.
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/projections/store/failing_disk.h"
#include "tests/projections/worker/service_rig.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

// Ann's room of three events, in tables on the disk alone.
struct unread_state : ::testing::Test {
  unread_state() {
    rig.end();
    rig.options.state_env = disk.env();
    rig.options.cache_bytes = 0;
    rig.start();
    rig.take(creates("ann", "c1"));
    rig.take(says("ann", "c2"));
    rig.take(says("ann", "c3"));
    rig.wait_for_views();  // or they read at the next start, and what they read is in memory then
    begin_again();
  }
  void begin_again() {
    disk.mend_reads();
    rig.end();  // flushes
    rig.start();
    rig.settle();
    rig.wait_for_views();
  }
  // Asks with the reads failing after 0, 1, 2 … of them, until there is an answer; true if every
  // other one was errc::unavailable and there was one of those at least. A block that the fold's
  // thread reads at the same moment, looking for views that are not kept, needs no read of its own:
  // an answer without a read is asked for again.
  template <class Ask>
  bool answers_or_is_unavailable(Ask ask) {
    int without_read = 0;
    for (int more = 0; more < 200; ++more) {
      begin_again();
      disk.fail_reads(more, EMFILE);
      const auto answer = ask();
      disk.mend_reads();
      if (answer && more > 0) return true;
      if (answer) {
        if (++without_read == 20) return false;
        --more;
        continue;
      }
      EXPECT_EQ(answer.error().code, errc::unavailable) << answer.error().text;
      EXPECT_EQ(rig.service().status()[0].stopped, "");
      if (answer.error().code != errc::unavailable) return false;
    }
    return false;
  }

  failing_disk disk;
  service_rig rig{{log_engine::memory, state_engine::rocks}, 1};
};

TEST_F(unread_state, a_question_of_a_room_is_not_answered) {
  EXPECT_TRUE(answers_or_is_unavailable([&] { return rig.lookup().find_room(open_room); }));
  EXPECT_TRUE(answers_or_is_unavailable([&] { return rig.lookup().role_of(open_room, "ann"); }));
  EXPECT_TRUE(
      answers_or_is_unavailable([&] { return rig.lookup().find_command(open_room, "ann", "c2"); }));
  EXPECT_TRUE(
      answers_or_is_unavailable([&] { return rig.lookup().would_refuse(says("ann", "c4")); }));
  EXPECT_TRUE(
      answers_or_is_unavailable([&] { return rig.lookup().fence_counter(p0, "gateway-1"); }));
}

TEST_F(unread_state, a_question_without_an_answer_keeps_commands_out) {
  disk.fail_reads(0, EMFILE);
  EXPECT_TRUE(rig.lookup().can_decide(p0));
  EXPECT_TRUE(eventually([&] { return !rig.lookup().find_room(open_room); }));
  EXPECT_FALSE(rig.lookup().can_decide(p0));
}

TEST_F(unread_state, a_search_ends_without_an_answer_wherever_its_read_fails) {
  const auto check = [](result<seq_no> found) {
    if (found) {
      EXPECT_EQ(*found, seq_no{4}) << "there is none, so behind the head";
    }
    return found;
  };
  EXPECT_TRUE(answers_or_is_unavailable(
      [&] { return check(rig.lookup().first_seq_since(open_room, timestamp{INT64_MAX})); }));
  EXPECT_TRUE(answers_or_is_unavailable(
      [&] { return check(rig.lookup().first_seq_after(open_room, offset{UINT64_MAX})); }));
}

TEST_F(unread_state, a_view_is_unavailable_and_lists_no_less_than_there_is) {
  EXPECT_TRUE(answers_or_is_unavailable([&] { return rig.history().members(open_room, {}); }));
  EXPECT_TRUE(answers_or_is_unavailable([&] { return rig.history().title_of(open_room); }));
  EXPECT_TRUE(answers_or_is_unavailable([&]() -> result<std::size_t> {
    const auto page = rig.history().page(open_room, {});
    if (!page) return page.error();
    EXPECT_EQ(page->entries.size(), 3U);
    return page->entries.size();
  }));
  EXPECT_TRUE(answers_or_is_unavailable([&]() -> result<std::size_t> {
    const auto page = rig.history().rooms_of("t", "ann", {});
    if (!page) return page.error();
    EXPECT_EQ(page->rooms.size(), 1U) << "a room that cannot be read is not left out";
    return page->rooms.size();
  }));
}

}  // namespace
}  // namespace roomlog::testing
