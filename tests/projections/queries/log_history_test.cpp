// History of a process without views equals that of one with views, and says what was cut from the
// log.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>

#include "projections/queries/log_history.h"
#include "projections/queries/log_page.h"
#include "projections/worker/fold_service.h"
#include "schemas/records/codec.h"
#include "tests/projections/fold/drafts.h"
#include "tests/projections/worker/scripted_log.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

std::vector<generated_record> with_descriptor(std::vector<generated_record> records) {
  const timestamp first =
      records.empty() ? timestamp{1'700'000'000'000'000} : records[0].append_time;
  records.insert(records.begin(), {encode(control_record(log_descriptor{"abc123", 1, 1})), first});
  return records;
}

// A service that has folded the whole log.
struct folded {
  folded(scripted_log& events, bool with_views) {
    fold_service_options options;
    if (!with_views) options.views.clear();
    options.wait_max = std::chrono::seconds(20);
    service = make_memory_fold_service(events, options);
    service->subscribe([this](const decided_batch_ptr& batch) {
      for (const decided_event& d : batch->events) {
        if (d.decision.kind == verdict_kind::accepted)
          rooms[std::string(d.ev.room)].push_back(d.at.value);
      }
    });
    while (service->step()) {
    }
    const std::string why = service->status()[0].stopped;
    if (!why.empty()) throw std::runtime_error(why);
  }
  ~folded() { service->stop(); }
  history_source& history() { return service->history(); }
  const std::pair<const std::string, std::vector<std::uint64_t>>& largest() const {
    return *std::max_element(rooms.begin(), rooms.end(), [](const auto& a, const auto& b) {
      return a.second.size() < b.second.size();
    });
  }

  std::map<std::string, std::vector<std::uint64_t>> rooms;  // offsets of accepted events, by seq
  std::unique_ptr<fold_service> service;
};

// Without what a page of the log leaves out.
std::string shown(const history_entry& e) {
  const event_standing& s = e.standing;
  const std::string head = std::to_string(s.seq.value) + " " + std::to_string(s.at.value) + " " +
                           std::to_string(s.ts.value) + (s.deleted ? " deleted " : " ");
  return head + (s.edited ? std::string("edited") : to_json(e.ev));
}

std::vector<std::string> all_from(history_source& history, std::string_view room,
                                  std::size_t bytes_max) {
  std::vector<std::string> all;
  for (seq_no first{1};;) {
    const auto page = history.events_from(room, first, bytes_max);
    if (!page) throw std::runtime_error(page.error().text);
    if (page->entries.empty()) return all;
    for (const auto& e : page->entries) all.push_back(shown(e));
    first = next(page->entries.back().standing.seq);
  }
}

// Pages to the end in one direction, in the order in which they came.
std::vector<history_entry> all_pages(history_source& history, std::string_view room,
                                     history_query query, bool forward,
                                     std::vector<history_page>& keep) {
  std::vector<history_entry> all;
  if (forward) query.after = seq_no{0};
  while (true) {
    auto page = history.page(room, query);
    if (!page) throw std::runtime_error(page.error().text);
    const auto& entries = page->entries;
    if (forward) {
      all.insert(all.end(), entries.begin(), entries.end());
    } else {
      all.insert(all.end(), entries.rbegin(), entries.rend());
    }
    const bool more = page->more;
    if (more && entries.empty()) throw std::runtime_error("more, but nothing came");
    if (more && forward) query.after = entries.back().standing.seq;
    if (more && !forward) query.before = entries.front().standing.seq;
    keep.push_back(std::move(*page));
    if (!more) return all;
  }
}

RC_GTEST_PROP(log_history, history_without_a_view_equals_that_of_the_view, ()) {
  scripted_log events(with_descriptor(*generated_records(600)));
  events.show(events.size());
  events.records_per_read = *rc::gen::inRange<std::size_t>(1, 300);
  folded view(events, true), bare(events, false);
  history_query query;
  query.limit = *rc::gen::inRange<std::size_t>(1, 60);
  query.bytes_max = *rc::gen::element<std::size_t>(1, 2000, 1 << 20);
  const std::vector<std::vector<std::string>> filters = {
      {}, {"message"}, {"message", "edit"}, {"room", "member"}, {"delete", "reaction"}};
  query.kinds = *rc::gen::elementOf(filters);
  for (const auto& [room, offsets] : view.rooms) {
    const auto bytes = *rc::gen::inRange<std::size_t>(1, 8000);
    RC_ASSERT(all_from(bare.history(), room, bytes) == all_from(view.history(), room, bytes));
    for (const bool forward : {true, false}) {
      std::vector<history_page> keep;
      const auto expected = all_pages(view.history(), room, query, forward, keep);
      const auto got = all_pages(bare.history(), room, query, forward, keep);
      RC_ASSERT(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        history_entry ours = got[i];
        RC_ASSERT(!ours.standing.edited);
        ours.standing.edited = expected[i].standing.edited;
        RC_ASSERT(shown(ours) == shown(expected[i]));
      }
    }
  }
}

struct cut_log : ::testing::Test {
  static std::vector<generated_record> script() {
    for (std::uint64_t seed = 1;; ++seed) {
      auto records = generated_records(800)(rc::Random(seed), 100).value();
      if (records.size() > 500) return with_descriptor(std::move(records));
    }
  }
  cut_log() { events.show(events.size()); }

  scripted_log events{script()};
};

TEST_F(cut_log, at_every_position_exactly_what_lies_below_is_gone) {
  folded bare(events, false);
  ASSERT_GT(bare.rooms.size(), 1U);
  for (std::size_t start = 0; start <= events.size(); ++start) {
    events.cut(start);
    for (const auto& [room, offsets] : bare.rooms) {
      const std::uint64_t gone = static_cast<std::uint64_t>(
          std::lower_bound(offsets.begin(), offsets.end(), start) - offsets.begin());
      ASSERT_EQ(bare.service->lookup().first_available(room)->value, gone + 1) << start;
      const auto page = bare.history().events_from(room, seq_no{1}, 1 << 20);
      ASSERT_TRUE(page.has_value()) << page.error().text;
      EXPECT_EQ(page->first_available.value, gone + 1);
      ASSERT_EQ(page->entries.size(), offsets.size() - gone);
      if (!page->entries.empty()) {
        EXPECT_EQ(page->entries.front().standing.seq.value, gone + 1);
      }
      const auto newest = bare.history().page(room, {});
      ASSERT_TRUE(newest.has_value());
      EXPECT_EQ(newest->first_available.value, gone + 1);
      ASSERT_EQ(newest->entries.size(), std::min<std::size_t>(50, offsets.size() - gone));
      EXPECT_EQ(newest->more, offsets.size() - gone > 50);
    }
  }
}

TEST_F(cut_log, a_view_that_has_everything_loses_nothing) {
  folded view(events, true);
  const auto& [room, offsets] = *view.rooms.begin();
  events.cut(events.size());
  EXPECT_EQ(*view.service->lookup().first_available(room), seq_no{1});
  const auto page = view.history().events_from(room, seq_no{1}, 1 << 20);
  EXPECT_EQ(page->entries.size(), offsets.size());
  EXPECT_EQ(page->first_available, seq_no{1});
}

TEST_F(cut_log, a_head_that_goes_while_a_page_is_read_is_said_and_the_page_begins_behind_it) {
  folded bare(events, false);
  const auto& [room, offsets] = bare.largest();
  ASSERT_GT(offsets.size(), 20U);
  events.records_per_read = 3;
  int reads = 0;
  events.on_read = [&](offset) {
    if (++reads == 2) events.cut(offsets[7] + 1);
  };
  const auto page = bare.history().events_from(room, seq_no{1}, 1 << 20);
  ASSERT_TRUE(page.has_value()) << page.error().text;
  EXPECT_EQ(page->first_available, seq_no{9});
  EXPECT_EQ(page->entries.front().standing.seq, seq_no{9});
  EXPECT_EQ(page->entries.back().standing.seq.value, offsets.size());
}

TEST_F(cut_log, a_head_that_never_stands_still_is_a_temporary_error) {
  folded bare(events, false);
  const auto& [room, offsets] = bare.largest();
  std::size_t taken = 0;
  events.on_read = [&, all = &offsets](offset) { events.cut((*all)[taken++] + 1); };
  EXPECT_EQ(bare.history().events_from(room, seq_no{1}, 1 << 20).error().code, errc::unavailable);
}

TEST_F(cut_log, a_log_that_does_not_answer_is_no_hole_and_is_read_once_it_does) {
  folded bare(events, false);
  const auto& [room, offsets] = bare.largest();
  events.silent = true;
  EXPECT_EQ(bare.history().events_from(room, seq_no{1}, 1 << 20).error().code, errc::timeout);
  EXPECT_EQ(bare.history().page(room, {}).error().code, errc::timeout);
  events.silent = false;
  EXPECT_EQ(bare.history().events_from(room, seq_no{1}, 1 << 20)->entries.size(), offsets.size());
}

// A room whose messages lie far apart, in a log that other rooms fill.
TEST(log_history_far, a_page_makes_a_bounded_number_of_reads_and_paging_goes_on) {
  constexpr std::uint64_t messages = 100;
  std::vector<generated_record> records;
  std::uint64_t number = 0;
  const auto put = [&](event e) {
    e.append = {"gateway-1", 1, 77, ++number};
    records.push_back(
        {encode(e), timestamp{1'700'000'000'000'000 + static_cast<std::int64_t>(number) * 1000}});
  };
  records.push_back({encode(fence("gateway-1", 1, 77)), timestamp{1'700'000'000'000'000}});
  put(creates("ann", "c1", "t/near"));
  put(creates("ann", "c1", "t/far"));
  for (std::uint64_t m = 0; m < messages; ++m) {
    put(says("ann", keep("f" + std::to_string(m)), "far", "t/far"));
    for (std::uint64_t i = 0; i < 2 * near_offsets; ++i) {
      put(says("ann", keep(std::to_string(m) + "-" + std::to_string(i)), "near", "t/near"));
    }
  }
  scripted_log events(with_descriptor(std::move(records)));
  events.show(events.size());
  folded bare(events, false);
  std::size_t reads = 0;
  events.on_read = [&](offset) { ++reads; };
  seq_no first{1};
  int pages = 0;
  while (first.value <= messages + 1) {
    reads = 0;
    const auto page = bare.history().events_from("t/far", first, 1 << 20);
    ASSERT_TRUE(page.has_value());
    ASSERT_FALSE(page->entries.empty());
    EXPECT_EQ(page->entries.front().standing.seq, first);
    EXPECT_LE(reads, page_jumps_max + 2);
    first = next(page->entries.back().standing.seq);
    EXPECT_EQ(page->more, first.value <= messages + 1);
    ++pages;
  }
  EXPECT_EQ(pages, 4);
  reads = 0;
  EXPECT_EQ(bare.history().events_from("t/near", seq_no{1}, 1 << 20)->entries.size(),
            catch_up_events_max);
  EXPECT_LE(reads, 6U);
}

}  // namespace
}  // namespace roomlog::testing
