// What one page costs at most, whatever it is asked for, and how the next one goes on: history from
// the views and from the log, members, rooms.
#include <algorithm>

#include "projections/queries/log_history.h"
#include "schemas/records/codec.h"
#include "tests/projections/worker/service_rig.h"

namespace roomlog::testing {
namespace {

using names = std::vector<std::string>;

std::string number(int i) {
  return (i < 10 ? "0" : "") + std::to_string(i);
}

// ---- history ----

// From the views (true), or from the log itself.
struct bounded_history : ::testing::TestWithParam<bool> {
  bounded_history() {
    rig.end();
    if (!GetParam()) rig.options.views.clear();
    rig.start();
    rig.append(creates("ann", "c1"));
    for (int i = 2; i <= 50; ++i) rig.append(says("ann", keep("c" + std::to_string(i))));
    rig.settle();
  }
  history_page page(const history_query& query) { return *rig.history().page(open_room, query); }
  // Seqs of a walk through the whole room, and how many pages it took.
  std::pair<std::vector<std::uint64_t>, int> walk(history_query query, bool forward) {
    std::vector<std::uint64_t> seqs;
    if (forward) query.after = seq_no{0};
    for (int pages = 1;; ++pages) {
      const auto one = page(query);
      for (const auto& entry : one.entries) seqs.push_back(entry.standing.seq.value);
      if (!one.more) return {seqs, pages};
      (forward ? query.after : query.before) = one.next;
      if (pages > 100) throw std::runtime_error("it does not end");
    }
  }

  service_rig rig{{log_engine::memory, state_engine::rocks}};
};

INSTANTIATE_TEST_SUITE_P(both, bounded_history, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "views" : "the_log"; });

TEST_P(bounded_history, kinds_that_match_nothing_make_short_empty_pages_that_say_where_to_go_on) {
  history_query query;
  query.kinds = {"reaction"};
  query.scan_max = 20;
  auto one = page(query);
  EXPECT_TRUE(one.entries.empty());
  EXPECT_TRUE(one.more);
  EXPECT_EQ(one.next, seq_no{31});
  query.after = seq_no{0};
  one = page(query);
  EXPECT_TRUE(one.entries.empty());
  EXPECT_TRUE(one.more);
  EXPECT_EQ(one.next, seq_no{20});
  for (const bool forward : {true, false}) {
    EXPECT_EQ(walk({.scan_max = 20, .kinds = {"reaction"}}, forward).second, 3);
    const auto [seqs, pages] = walk({.scan_max = 20, .kinds = {"room"}}, forward);
    EXPECT_EQ(seqs, std::vector<std::uint64_t>{1});
    EXPECT_EQ(pages, 3);
  }
}

TEST_P(bounded_history, a_scan_of_exactly_its_bound_is_whole_and_one_more_entry_is_another_page) {
  for (const bool forward : {true, false}) {
    EXPECT_EQ(walk({.scan_max = 50, .kinds = {"reaction"}}, forward).second, 1);
    EXPECT_EQ(walk({.scan_max = 49, .kinds = {"reaction"}}, forward).second, 2);
  }
}

TEST_P(bounded_history, pages_that_go_on_at_next_have_every_entry_once) {
  for (const bool forward : {true, false}) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
      auto [seqs, pages] = walk({.limit = 7, .bytes_max = bytes, .scan_max = 5}, forward);
      std::sort(seqs.begin(), seqs.end());
      ASSERT_EQ(seqs.size(), 50U);
      EXPECT_EQ(seqs.front(), 1U);
      EXPECT_EQ(std::unique(seqs.begin(), seqs.end()), seqs.end());
    }
  }
}

// What was asked while one was a member shows nothing from after one was put out
TEST_P(bounded_history, a_page_up_to_a_seq_shows_nothing_above_it) {
  const auto last_of = [&](const history_query& query) {
    const auto one = page(query);
    return one.entries.empty() ? 0 : one.entries.back().standing.seq.value;
  };
  EXPECT_EQ(last_of({.upto = seq_no{40}}), 40U);
  EXPECT_EQ(last_of({.after = seq_no{35}, .upto = seq_no{40}}), 40U);
  EXPECT_FALSE(page({.after = seq_no{35}, .upto = seq_no{40}}).more);
  EXPECT_EQ(last_of({.before = seq_no{50}, .upto = seq_no{40}}), 40U);
  EXPECT_EQ(last_of({.before = seq_no{30}, .upto = seq_no{40}}), 29U);
  EXPECT_EQ(last_of({.after = seq_no{40}, .upto = seq_no{40}}), 0U);
  EXPECT_EQ(last_of({.after = seq_no{45}, .upto = seq_no{40}}), 0U);
}

std::string text_of(const history_entry& e) {
  return std::string(decode_message_content(e.ev.content)->text);
}

TEST(views_pages, an_edit_from_above_the_page_s_end_is_not_shown) {
  service_rig rig({log_engine::memory, state_engine::memory});
  rig.append(creates("ann", "c1"));
  rig.append(says("ann", "c2", "before"));
  rig.append(says("ann", "c3"));
  rig.append(edits("ann", "c4", 2, "after"));
  rig.settle();
  EXPECT_EQ(text_of(rig.history().page(open_room, {.upto = seq_no{3}})->entries[1]), "before");
  EXPECT_EQ(text_of(rig.history().page(open_room, {.upto = seq_no{4}})->entries[1]), "after");
}

TEST(views_pages, edits_count_in_the_bytes_of_a_page) {
  service_rig rig({log_engine::memory, state_engine::memory});
  const std::string_view large = keep(std::string(8'000, 'x'));
  rig.append(creates("ann", "c1"));
  for (int i = 2; i <= 41; ++i) rig.append(says("ann", keep("c" + std::to_string(i)), "small"));
  for (int i = 2; i <= 41; ++i)
    rig.append(edits("ann", keep("e" + std::to_string(i)), static_cast<std::uint64_t>(i), large));
  rig.settle();
  history_query query{.before = seq_no{42}, .bytes_max = 64 * 1024};
  std::size_t seen = 0;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto one = rig.history().page(open_room, query);
    EXPECT_LE(one->entries.size(), 12U);
    for (const auto& entry : one->entries) {
      if (entry.standing.seq.value == 1) continue;
      EXPECT_EQ(text_of(entry), large);
    }
    seen += one->entries.size();
    more = one->more;
    query.before = one->next;
  }
  EXPECT_EQ(seen, 41U);
  EXPECT_GE(pages, 4);
}

TEST(log_pages, a_page_reads_past_a_bounded_part_of_the_log) {
  service_rig rig({log_engine::memory, state_engine::memory}, 1);
  rig.end();
  rig.options.views.clear();
  rig.start();
  rig.append(creates("ann", "c1", "t/sparse"));
  rig.append(creates("ann", "c1", "t/dense"));
  constexpr int messages = 60;
  for (int m = 0; m < messages; ++m) {
    rig.append(says("ann", keep("s" + std::to_string(m)), "x", "t/sparse"));
    for (int i = 0; i < 60; ++i)
      rig.append(says("ann", keep(std::to_string(m) + '-' + std::to_string(i)), "x", "t/dense"));
  }
  rig.settle();
  const auto one = rig.history().page("t/sparse", {.limit = 200});
  EXPECT_TRUE(one->more);
  EXPECT_GE(one->entries.size(), page_span_max / 61);
  EXPECT_LE(one->entries.size(), page_span_max / 61 + 2);
  EXPECT_EQ(one->next, one->entries.front().standing.seq);
}

// ---- members ----

names users_of(const member_page& page) {
  names users;
  for (const auto& member : page.members) users.push_back(member.user);
  return users;
}

struct paged_members : ::testing::TestWithParam<bool> {
  paged_members() {
    rig.end();
    if (!GetParam()) rig.options.views.clear();
    rig.start();
    rig.append(creates("m", "c1"));
    for (const char* user : {"b", "Z", "ab", "a", "z y"}) rig.append(joins(user, "c1"));
    rig.settle();
  }
  member_page page(const list_query& query) { return *rig.history().members(open_room, query); }

  service_rig rig{{log_engine::memory, state_engine::rocks}};
};

INSTANTIATE_TEST_SUITE_P(both, paged_members, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "views" : "the_log"; });

TEST_P(paged_members, members_come_in_the_order_of_their_bytes_page_by_page) {
  EXPECT_EQ(users_of(page({})), (names{"Z", "a", "ab", "b", "m", "z y"}));
  EXPECT_FALSE(page({}).more);
  EXPECT_FALSE(page({.limit = 6}).more);
  const auto first = page({.limit = 2});
  EXPECT_EQ(users_of(first), (names{"Z", "a"}));
  EXPECT_TRUE(first.more);
  EXPECT_EQ(first.next, "a");
  EXPECT_EQ(users_of(page({.after = "a", .limit = 2})), (names{"ab", "b"}));
  EXPECT_EQ(users_of(page({.after = "b"})), (names{"m", "z y"}));
  EXPECT_EQ(users_of(page({.after = "aa"})), (names{"ab", "b", "m", "z y"})) << "nobody's name";
  EXPECT_TRUE(page({.after = "z y"}).members.empty());
}

TEST_P(paged_members, those_who_left_are_passed_over_a_bounded_number_at_a_time) {
  for (int i = 0; i < 40; ++i) {
    const auto user = keep("n" + number(i));
    rig.append(joins(user, "c1"));
    rig.append(leaves(user, "c2"));
  }
  rig.settle();
  names all;
  list_query query{.after = "m", .scan_max = 15};
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto one = page(query);
    const auto users = users_of(one);
    all.insert(all.end(), users.begin(), users.end());
    more = one.more;
    EXPECT_TRUE(!more || one.next > query.after);
    query.after = one.next;
  }
  EXPECT_EQ(all, names{"z y"});
  EXPECT_EQ(pages, 3);
}

// ---- rooms ----

struct paged_rooms : ::testing::TestWithParam<state_engine> {
  // "r00" … over all partitions, made in another order.
  void make(int count) {
    for (int i = 0; i < count; ++i)
      rig.append(creates("ann", "c1", keep("t/r" + number((i * 7) % count))));
    rig.settle();
  }
  names walk(rooms_query query, int* pages = nullptr) {
    names all;
    for (int n = 1;; ++n) {
      const auto page = *rig.history().rooms_of("t", "ann", query);
      for (const auto& room : page.rooms) all.push_back(room.room);
      if (pages != nullptr) *pages = n;
      if (!page.more) return all;
      if (page.next <= query.after) throw std::runtime_error("it does not go on");
      query.after = page.next;
    }
  }
  static rooms_query query(std::size_t limit, room_order order = room_order::by_name) {
    rooms_query q;
    q.limit = limit;
    q.order = order;
    return q;
  }

  service_rig rig{{log_engine::memory, GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(both, paged_rooms,
                         ::testing::Values(state_engine::memory, state_engine::rocks),
                         [](const auto& info) {
                           return info.param == state_engine::memory ? "memory" : "rocks";
                         });

TEST_P(paged_rooms, rooms_come_by_name_from_all_partitions_page_by_page) {
  make(43);
  names expected;
  for (int i = 0; i < 43; ++i) expected.push_back("t/r" + number(i));
  int pages = 0;
  EXPECT_EQ(walk(query(200)), expected);
  EXPECT_EQ(walk(query(43), &pages), expected);
  EXPECT_EQ(pages, 1);
  EXPECT_EQ(walk(query(42), &pages), expected);
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(walk(query(10), &pages), expected);
  EXPECT_EQ(pages, 5);
  auto behind = query(1);
  behind.after = "r12x";
  EXPECT_EQ(rig.history().rooms_of("t", "ann", behind)->rooms[0].room, "t/r13");
}

TEST_P(paged_rooms, a_page_of_rooms_ends_by_bytes_with_one_room_at_least) {
  make(9);
  for (int i = 0; i < 9; ++i) rig.append(says("ann", "c2", "hello", keep("t/r" + number(i))));
  rig.settle();
  auto small = query(200);
  small.bytes_max = 1;
  int pages = 0;
  EXPECT_EQ(walk(small, &pages).size(), 9U);
  EXPECT_EQ(pages, 9);
}

TEST_P(paged_rooms, rooms_that_one_has_left_are_passed_over_a_bounded_number_at_a_time) {
  make(60);
  for (int i = 0; i < 60; ++i)
    if (i % 20 != 0) rig.append(leaves("ann", "c2", keep("t/r" + number(i))));
  rig.settle();
  auto short_scan = query(200);
  short_scan.scan_max = 4;
  int pages = 0;
  EXPECT_EQ(walk(short_scan, &pages), (names{"t/r00", "t/r20", "t/r40"}));
  EXPECT_GT(pages, 3);
  EXPECT_LT(pages, 16);
}

TEST_P(paged_rooms, the_most_recent_rooms_are_those_of_the_latest_events) {
  make(30);
  rig.append(says("ann", "c2", "x", "t/r17"));
  rig.append(joins("bob", "c1", "t/r04"));
  rig.append(says("ann", "c2", "x", "t/r29"));
  rig.settle();
  const auto page = *rig.history().rooms_of("t", "ann", query(3, room_order::recent));
  names got;
  for (const auto& room : page.rooms) got.push_back(room.room);
  EXPECT_EQ(got, (names{"t/r29", "t/r04", "t/r17"}));
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.next, "");
  EXPECT_TRUE(rig.history().rooms_of("t", "ann", query(29, room_order::recent))->more);
  const auto all = *rig.history().rooms_of("t", "ann", query(30, room_order::recent));
  EXPECT_EQ(all.rooms.size(), 30U);
  EXPECT_FALSE(all.more);
}

}  // namespace
}  // namespace roomlog::testing
