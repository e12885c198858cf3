// What pages of history show, and what a service without views, or with damaged ones, does.
#include <algorithm>

#include "projections/store/rocks_state_store.h"
#include "projections/views/history_view.h"
#include "projections/views/rooms_view.h"
#include "tests/projections/views/views_fixture.h"

namespace roomlog::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(both, views, ::testing::Values(state_engine::memory, state_engine::rocks),
                         name_of_store);

history_query before(std::uint64_t seq, std::size_t limit) {
  history_query q;
  q.before = seq_no{seq};
  q.limit = limit;
  return q;
}

history_query after(std::uint64_t seq, std::size_t limit) {
  history_query q;
  q.after = seq_no{seq};
  q.limit = limit;
  return q;
}

TEST_P(views, the_newest_page_comes_without_a_cursor) {
  fill(60);
  const history_page p = page({});
  EXPECT_EQ(seqs(p), range(11, 60));
  EXPECT_TRUE(p.more);
  EXPECT_EQ(text_of(p.entries.back()), "text 60");
  EXPECT_EQ(p.entries.back().ev.actor, "ann");
}

TEST_P(views, pages_go_back_to_the_first_event) {
  fill(25);
  EXPECT_EQ(seqs(page(before(26, 10))), range(16, 25));
  EXPECT_EQ(seqs(page(before(16, 10))), range(6, 15));
  EXPECT_TRUE(page(before(16, 5)).more);
  const history_page last = page(before(6, 10));
  EXPECT_EQ(seqs(last), range(1, 5));
  EXPECT_FALSE(last.more);
  EXPECT_FALSE(page(before(6, 5)).more);
  EXPECT_TRUE(page(before(6, 4)).more);
  EXPECT_TRUE(page(before(1, 10)).entries.empty());
}

TEST_P(views, pages_go_forward_to_the_head) {
  fill(25);
  EXPECT_EQ(seqs(page(after(0, 10))), range(1, 10));
  EXPECT_TRUE(page(after(0, 10)).more);
  EXPECT_EQ(seqs(page(after(20, 10))), range(21, 25));
  EXPECT_FALSE(page(after(20, 5)).more);
  EXPECT_TRUE(page(after(20, 4)).more);
  EXPECT_TRUE(page(after(25, 10)).entries.empty());
  EXPECT_TRUE(page(after(99, 10)).entries.empty());
}

TEST_P(views, a_page_ends_early_by_bytes_with_one_entry_at_least) {
  fill(25);
  history_query q = after(0, 50);
  q.bytes_max = 1;
  EXPECT_EQ(seqs(page(q)), range(1, 1));
  EXPECT_TRUE(page(q).more);
  q.bytes_max = 1500;
  EXPECT_GT(page(q).entries.size(), 2U);
  EXPECT_LT(page(q).entries.size(), 20U);
}

TEST_P(views, kinds_filter_a_page) {
  rig.append(creates("ann", "c1"));
  rig.append(says("ann", "c2"));
  rig.append(joins("bob", "c3"));
  rig.append(says("ann", "c4"));
  rig.append(reacts("ann", "c5", 4));
  rig.settle();
  history_query q;
  q.kinds = {"message"};
  EXPECT_EQ(seqs(page(q)), (std::vector<std::uint64_t>{2, 4}));
  EXPECT_FALSE(page(q).more);
  q.kinds = {"member", "reaction"};
  EXPECT_EQ(seqs(page(q)), (std::vector<std::uint64_t>{3, 5}));
  q.limit = 1;
  EXPECT_EQ(seqs(page(q)), (std::vector<std::uint64_t>{5}));
  EXPECT_TRUE(page(q).more);
}

TEST_P(views, what_a_filter_leaves_out_takes_no_room_in_a_page) {
  fill(200);
  rig.append(joins("bob", "c1"));
  rig.settle();
  for (const bool forward : {true, false}) {
    history_query q = forward ? after(0, 50) : history_query{};
    q.kinds = {"room", "member"};
    q.bytes_max = 2000;  // both and no more
    const history_page p = page(q);
    ASSERT_EQ(seqs(p), (std::vector<std::uint64_t>{1, 201}));
    EXPECT_FALSE(p.more);
    EXPECT_EQ(p.entries[0].ev.cid, "c1");
    EXPECT_EQ(p.entries[1].ev.actor, "bob");
  }
}

TEST_P(views, an_entry_has_the_place_and_time_of_its_verdict) {
  rig.take(creates("ann", "c1"));
  const verdict v = rig.take(says("ann", "c2"));
  const event_standing standing = page({}).entries.back().standing;
  EXPECT_EQ(standing.seq, v.seq);
  EXPECT_EQ(standing.at, v.first_offset);
  EXPECT_EQ(standing.ts, v.shown_time);
  EXPECT_FALSE(standing.deleted);
  EXPECT_FALSE(standing.edited);
}

TEST_P(views, whoever_has_a_verdict_reads_the_event_at_once) {
  rig.take(creates("ann", "c1"));
  for (std::uint64_t seq = 2; seq < 100; ++seq) {
    rig.take(says("ann", keep("c" + std::to_string(seq))));
    ASSERT_EQ(page({}).entries.back().standing.seq.value, seq);
  }
}

// S2.2.4.5
TEST_P(views, refused_and_repeated_records_are_not_shown) {
  rig.take(creates("ann", "c1"));
  rig.take(creates("ann", "c1"));
  rig.take(says("bob", "c1"));
  EXPECT_EQ(seqs(page({})), range(1, 1));
}

TEST_P(views, a_page_shows_messages_as_they_stand) {
  rig.append(creates("ann", "c1"));
  rig.append(says("ann", "c2", "first"));
  rig.append(edits("ann", "c3", 2, "second"));
  rig.append(edits("ann", "c4", 2, "third"));
  rig.append(says("ann", "c5", "other"));
  rig.append(deletes("ann", "c6", 5));
  rig.settle();
  const history_page p = page({});
  ASSERT_EQ(seqs(p), range(1, 6));
  EXPECT_EQ(text_of(p.entries[1]), "third");
  EXPECT_TRUE(p.entries[1].standing.edited);
  EXPECT_EQ(p.entries[1].standing.edit_count, 2U);
  EXPECT_FALSE(p.entries[1].standing.deleted);
  EXPECT_TRUE(p.entries[4].standing.deleted);
  EXPECT_FALSE(p.entries[4].standing.edited);
  EXPECT_EQ(text_of(p.entries[2]), "second");
}

// The log keeps them; nothing that is shown does.
TEST_P(views, the_text_of_a_deleted_message_is_shown_nowhere_also_not_in_its_edits) {
  rig.append(creates("ann", "c1"));
  rig.append(says("ann", "c2", "secret one"));
  rig.append(edits("ann", "c3", 2, "secret two"));
  rig.append(says("ann", "c4", "kept"));
  rig.append(edits("ann", "c5", 4, "kept too"));
  rig.append(deletes("ann", "c6", 2));
  rig.settle();
  const auto shown = [](const history_page& p) {
    std::string all;
    for (const history_entry& e : p.entries) {
      EXPECT_TRUE(append_event_json(all, e.ev, e.standing));
    }
    return all;
  };
  for (const bool from_views : {true, false}) {
    if (!from_views) {
      rig.end();
      rig.options.views.clear();
      rig.start();
      rig.settle();
    }
    for (const std::string& all : {shown(page({})), shown(page(after(2, 50))), shown(from(1)),
                                   shown(from(3)), shown(page(before(4, 1)))}) {
      EXPECT_EQ(all.find("secret"), std::string::npos) << all;
    }
    EXPECT_NE(shown(from(1)).find("kept too"), std::string::npos);
  }
}

TEST_P(views, an_edit_keeps_the_other_parts_of_a_message) {
  rig.append(creates("ann", "c1"));
  event rich = says("ann", "c2");
  message_content content;
  content.content_type = "markdown";
  content.text = "first";
  content.metadata_json = "{\"a\":1}";
  rich.content = as_byte_view(keep(encode(content)));
  rig.append(rich);
  rig.append(edits("ann", "c3", 2, "second"));
  rig.settle();
  const history_page p = page({});
  const auto shown = decode_message_content(p.entries[1].ev.content);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->text, "second");
  EXPECT_EQ(shown->content_type, "markdown");
  EXPECT_EQ(shown->metadata_json, "{\"a\":1}");
}

TEST_P(views, events_come_as_they_were_posted_for_catching_up) {
  rig.append(creates("ann", "c1"));
  rig.append(says("ann", "c2", "first"));
  rig.append(edits("ann", "c3", 2, "second"));
  rig.append(says("ann", "c4", "other"));
  rig.append(deletes("ann", "c5", 4));
  rig.settle();
  const history_page p = from(2);
  ASSERT_EQ(seqs(p), range(2, 5));
  EXPECT_EQ(text_of(p.entries[0]), "first");
  EXPECT_FALSE(p.entries[0].standing.edited);
  EXPECT_EQ(text_of(p.entries[1]), "second");
  EXPECT_TRUE(p.entries[2].standing.deleted);
  EXPECT_FALSE(p.more);
}

TEST_P(views, catching_up_goes_on_where_the_page_before_ended) {
  fill(200);
  std::uint64_t next_seq = 1;
  int pages = 0;
  while (true) {
    const history_page p = from(next_seq, 4000);
    if (p.entries.empty()) break;
    for (const history_entry& e : p.entries) EXPECT_EQ(e.standing.seq.value, next_seq++);
    EXPECT_EQ(p.more, next_seq <= 200);
    ++pages;
  }
  EXPECT_EQ(next_seq, 201U);
  EXPECT_GT(pages, 5);
  EXPECT_EQ(seqs(from(7, 1)), range(7, 7));
  EXPECT_TRUE(from(500).entries.empty());
}

TEST_P(views, rooms_of_one_partition_do_not_run_together) {
  std::vector<std::string_view> rooms;
  for (int i = 0; i < 12; ++i) rooms.push_back(keep("t/room-" + std::to_string(i)));
  for (std::string_view room : rooms) rig.append(creates("ann", "c1", room));
  for (std::string_view room : rooms) rig.append(says("ann", "c2", room, room));
  rig.settle();
  for (std::string_view room : rooms) {
    const history_page p = page({}, room);
    ASSERT_EQ(seqs(p), range(1, 2));
    EXPECT_EQ(text_of(p.entries[1]), room);
  }
}

TEST_P(views, a_room_that_is_not_there_is_not_found) {
  EXPECT_EQ(rig.history().page("t/none", {}).error().code, errc::not_found);
  EXPECT_EQ(rig.history().events_from("t/none", seq_no{1}, 100).error().code, errc::not_found);
  EXPECT_EQ(rig.history().members("t/none", {}).error().code, errc::not_found);
  EXPECT_TRUE(rig.history().rooms_of("t", "nobody", {})->rooms.empty());
}

TEST(views_damage, a_value_that_is_cut_off_is_damage_and_not_the_end) {
  service_rig rig({log_engine::memory, state_engine::rocks}, 1);
  rig.take(creates("ann", "c1"));
  rig.take(says("ann", "c2"));
  rig.end();
  constexpr partition_id p0{0};
  {
    const auto store =
        std::move(*open_rocks_state_store(rig.dir() / "state", {1, "abc123", 8 << 20}));
    auto& keys = store->partition(p0);
    keys.put(room_listing_key(p0, room_id{0}), "x");
    keys.put(member_listing_key(p0, room_id{0}).text("ann"), "x");
    keys.put(history_key(p0, room_id{0}, seq_no{2}), "x");
    ASSERT_TRUE(store->commit(std::span(&p0, 1)));
  }
  rig.start();
  auto& history = rig.history();
  EXPECT_EQ(history.title_of(open_room).error().code, errc::damaged);
  EXPECT_EQ(history.members(open_room, {}).error().code, errc::damaged);
  EXPECT_EQ(history.rooms_of("t", "ann", {}).error().code, errc::damaged);
  EXPECT_EQ(history.page(open_room, {}).error().code, errc::damaged);
  EXPECT_EQ(history.events_from(open_room, seq_no{1}, 1 << 20).error().code, errc::damaged);
}

TEST(views_off, history_comes_from_the_log_members_from_the_state_and_rooms_are_refused) {
  service_rig rig({log_engine::memory, state_engine::memory});
  rig.end();
  rig.options.views.clear();
  rig.start();
  rig.take(creates("ann", "c1"));
  rig.take(joins("bob", "c1"));
  rig.take(leaves("bob", "c2"));
  const auto page = rig.history().page(open_room, {});
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(seqs(*page), range(1, 3));
  EXPECT_TRUE(page->as_posted);
  EXPECT_EQ(listed(rig.history().members(open_room, {})->members), "ann//owner ");
  const auto rooms = rig.history().rooms_of("t", "ann", {});
  EXPECT_EQ(rooms.error().code, errc::invalid);
  EXPECT_NE(rooms.error().text.find("fold.views"), std::string::npos);
  EXPECT_EQ(rig.history().page("t/none", {}).error().code, errc::not_found);
  EXPECT_EQ(rig.lookup().find_room(open_room)->head, seq_no{3});
}

TEST(views_off, switched_on_later_they_have_everything) {
  service_rig rig({log_engine::memory, state_engine::rocks});
  rig.end();
  rig.options.views.clear();
  rig.start();
  rig.take(creates("ann", "c1"));
  rig.take(says("ann", "c2", "hello"));
  rig.end();
  rig.options.views = all_views();
  rig.start();
  for (const bool level : {false, true}) {
    if (level) rig.wait_for_views();
    const auto page = rig.history().page(open_room, {});
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->entries.size(), 2U);
    EXPECT_EQ(text_of(page->entries[1]), "hello");
    if (level) {
      EXPECT_FALSE(page->as_posted);
    }
  }
  EXPECT_EQ(rig.history().rooms_of("t", "ann", {})->rooms.size(), 1U);
}

}  // namespace
}  // namespace roomlog::testing
