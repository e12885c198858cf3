#include "projections/queries/log_history.h"

#include <algorithm>
#include <array>

#include "projections/queries/deleted_texts.h"
#include "projections/queries/log_page.h"
#include "projections/queries/page_builder.h"
#include "projections/store/big_endian.h"
#include "schemas/records/event_bodies.h"

namespace roomlog {
namespace {

constexpr int attempts_when_cut = 3;

// As event_kind() names them, by the stored number.
constexpr auto kind_names = [] {
  std::array<std::string_view, event_bodies::all.size()> names{};
  for (const body_entry& body : event_bodies::all) names.at(body.number) = body.kind;
  return names;
}();

std::string_view kind_name(stored_kind kind) {
  const auto number = static_cast<std::size_t>(kind);
  return number < kind_names.size() ? kind_names[number] : std::string_view();
}

bool is_wanted(const history_query& query, stored_kind kind) {
  return query.kinds.empty() ||
         std::find(query.kinds.begin(), query.kinds.end(), kind_name(kind)) != query.kinds.end();
}

// What bounds the scan of a page: its limit, the entries looked at, how often the log is read anew,
// and how much of it lies between what is wanted.
class plan_scan {
 public:
  explicit plan_scan(const history_query& query) : query_(query) {}

  bool may_take(bool wanted, offset at) {
    if (looked_at_ == query_.scan_max) return false;
    ++looked_at_;
    if (!wanted) return true;
    if (have_ == query_.limit) return false;
    if (have_ != 0) {
      const auto [low, high] = std::minmax(last_, at);
      if (!is_near(low, high))
        ++jumps_;
      else
        span_ += high.value - low.value;
    }
    if (jumps_ > page_jumps_max || span_ > page_span_max) return false;
    ++have_;
    last_ = at;
    return true;
  }

 private:
  const history_query& query_;
  offset last_;
  std::size_t have_ = 0, looked_at_ = 0, jumps_ = 0;
  std::uint64_t span_ = 0;
};

}  // namespace

log_history::plan log_history::choose(const committed_room& at, const history_query& query,
                                      seq_no first_available) {
  const bool forward = query.after.has_value();
  const seq_no first = forward ? std::max(next(*query.after), first_available) : first_available;
  const seq_no end = end_of_page(query);
  plan_scan scan(query);
  plan chosen;
  if (first >= end) return chosen;
  store_.scan(at.partition, event_key(at.partition, at.room.id, first),
              event_key(at.partition, at.room.id, end),
              forward ? scan_direction::forward : scan_direction::backward,
              [&](std::string_view key, std::string_view value) {
                event_state kept = event_state::decode(value);
                kept.actor = {};  // borrowed from what is scanned
                const bool wanted = is_wanted(query, kept.kind);
                if (!scan.may_take(wanted, kept.at)) {
                  chosen.more = true;
                  return false;
                }
                chosen.next = seq_in(key);
                if (wanted) chosen.events.push_back({seq_in(key), kept});
                return true;
              });
  if (!forward) std::reverse(chosen.events.begin(), chosen.events.end());
  return chosen;
}

result<history_page> log_history::load(partition_id partition, room_id in, const plan& what,
                                       std::size_t bytes_max, bool newest) {
  page_builder builder;
  log_page records(events_, partition);
  std::vector<std::size_t> ends;  // bytes held after each entry
  bool more = what.more;
  seq_no next_seq = what.next;
  for (std::size_t i = 0; i < what.events.size(); ++i) {
    const auto& [seq, kept] = what.events[i];
    const bool run = i + 1 < what.events.size() && is_near(kept.at, what.events[i + 1].kept.at);
    const auto record = records.record(kept.at, run);
    if (!record) return record.error();
    if (!newest && i > 0 && builder.bytes() + record->value.size() > bytes_max) {
      more = true;
      next_seq = what.events[i - 1].seq;
      break;
    }
    auto entry = builder.read(seq, {kept.at, kept.shown_time, as_text(record->value)});
    if (!entry) return entry.error();
    entry->standing.deleted = kept.deleted;
    builder.add(std::move(*entry));
    ends.push_back(builder.bytes());
  }
  auto& entries = builder.page().entries;
  if (newest && !entries.empty()) {
    std::size_t gone = 0;
    while (gone + 1 < entries.size() && ends.back() - (gone == 0 ? 0 : ends[gone - 1]) > bytes_max)
      ++gone;
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(gone));
    if (gone > 0) next_seq = entries.front().standing.seq;
    more = more || gone > 0;
  }
  mark_edits_of_deleted(store_, partition, in, entries);
  builder.page().more = more;
  builder.page().next = next_seq;
  return builder.finish();
}

template <class Attempt>
result<history_page> log_history::retry_when_cut(std::string_view room, Attempt&& attempt) {
  std::string why;
  for (int i = 0; i < attempts_when_cut; ++i) {
    const auto first = fold_.first_available(room);
    if (!first) return first.error();
    auto page = attempt(*first);
    if (page) {
      page->first_available = *first;
      return page;
    }
    if (page.error().code != errc::out_of_range) return page;
    why = page.error().text;
  }
  return error{errc::unavailable, "the log's head is being cut: " + why};
}

result<history_page> log_history::page(std::string_view room, const history_query& query) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  auto page = retry_when_cut(room, [&](seq_no first) {
    return load(at->partition, at->room.id, choose(*at, query, first), query.bytes_max,
                !query.after);
  });
  if (page) page->as_posted = true;
  return page;
} catch (const store_error& e) {
  return e.as_answer();
}

result<history_page> log_history::events_from(std::string_view room, seq_no first,
                                              std::size_t bytes_max) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  history_query query;
  query.after = seq_no{std::max<std::uint64_t>(first.value, 1) - 1};
  query.limit = catch_up_events_max;
  query.scan_max = catch_up_events_max + 1;
  return retry_when_cut(room, [&](seq_no first_available) {
    return load(at->partition, at->room.id, choose(*at, query, first_available), bytes_max, false);
  });
} catch (const store_error& e) {
  return e.as_answer();
}

result<member_page> log_history::members(std::string_view room, const list_query& query) try {
  const auto at = find_committed(workers_, room, wait_max_);
  if (!at) return at.error();
  return list_members(store_, at->partition, member_key(at->partition, at->room.id), query,
                      [](std::string user, std::string_view value) {
                        return member_entry{std::move(user), {}, member_state::decode(value).role};
                      });
} catch (const store_error& e) {
  return e.as_answer();
}

result<std::string> log_history::title_of(std::string_view) {
  return std::string();  // where it was set last is not known without a view
}

result<room_page> log_history::rooms_of(std::string_view, std::string_view, const rooms_query&) {
  return error{errc::invalid,
               "this server keeps no view of rooms (fold.views), so it cannot list them"};
}

}  // namespace roomlog
