// history_source without views, or for those that are not level yet: the fold's keys say which seq
// lies at which offset, when it was and whether it is deleted; the records come from the log itself.
//
//   fold's 'E' keys, one scan ──► offsets of the page ──► log: near ones in one read ──► page
//
// What would take unbounded reads is left out and said so: messages are shown as they were posted
// (history_page::as_posted), members without names, and rooms_of() is refused.
#pragma once

#include <memory>
#include <vector>

#include "projections/queries/committed_room.h"
#include "projections/queries/history_source.h"
#include "projections/worker/fold_lookup.h"
#include "projections/worker/fold_service_options.h"

namespace roomlog {

// A page ends early before it makes more than this many separate reads of the log.
constexpr std::size_t page_jumps_max = 32;
// … or reads past more than this many offsets that lie near those that it shows.
constexpr std::uint64_t page_span_max = 2'000;
// Events of one events_from() at most.
constexpr std::size_t catch_up_events_max = 512;

class log_history final : public history_source {
 public:
  using workers = partition_workers;

  // Everything given outlives this; `fold` reads the state of `all`.
  log_history(log& events, state_store& store, const workers& all, const fold_lookup& fold,
              const fold_service_options& options)
      : events_(events), store_(store), workers_(all), fold_(fold), wait_max_(options.wait_max) {}

  result<history_page> page(std::string_view room, const history_query& query) override;
  result<history_page> events_from(std::string_view room, seq_no first,
                                   std::size_t bytes_max) override;
  result<member_page> members(std::string_view room, const list_query& query) override;
  result<std::string> title_of(std::string_view room) override;
  result<room_page> rooms_of(std::string_view tenant, std::string_view user,
                             const rooms_query& query) override;

 private:
  struct wanted_event {
    seq_no seq;
    event_state kept;
  };
  // What a page will show, in seq order.
  struct plan {
    std::vector<wanted_event> events;
    bool more = false;
    seq_no next;  // where the next page goes on
  };

  // Calls attempt(first available seq) again when the log's head is cut meanwhile.
  template <class Attempt>
  result<history_page> retry_when_cut(std::string_view room, Attempt&& attempt);
  plan choose(const committed_room& at, const history_query& query, seq_no first_available);
  // Ends by bytes, with one entry at least: at the end of the plan, or at its begin when `newest`
  // ones are to stay.
  result<history_page> load(partition_id partition, room_id in, const plan& what,
                            std::size_t bytes_max, bool newest);

  log& events_;
  state_store& store_;
  const workers& workers_;
  const fold_lookup& fold_;
  const std::chrono::milliseconds wait_max_;
};

}  // namespace roomlog
