// Queries over HTTP: the same objects that sessions get, for those who may read the room.
//
//   loop: path, method ──► port: token ──► read thread: rights ──► view ──► reply
//                                             │   ▲
//                                  refused    ▼   │ once
//                                          the fold reads what the log held
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "projections/queries/history_source.h"
#include "projections/worker/fold_lookup.h"
#include "pushers/client_limits.h"
#include "pushers/http/http_admission.h"
#include "pushers/http/http_router.h"
#include "pushers/http/http_target.h"
#include "pushers/queries/view_queries.h"
#include "pushers/task_runner.h"

namespace roomlog {

// Thread-safe. A request that the fold does not get to is kept, and counts as in flight, until it
// does or gives it up; its connection answers for it.
class http_queries {
 public:
  // What it is given outlives it, and calls back no more when it goes.
  http_queries(const client_limits& limits, fold_lookup& fold, history_source& history,
               command_port& port, http_admission& admission, task_runner& readers)
      : limits_(limits),
        fold_(fold),
        sources_{fold, history, limits},
        port_(port),
        admission_(admission),
        readers_(readers) {}

  // The paths of docs/protocol.md §4 that read.
  void add_to(http_router& router);

  // Refused by command_port::admit_read().
  std::uint64_t rate_limited() const { return rate_limited_; }
  // Pages that ended before their limit.
  std::uint64_t pages_cut() const { return pages_cut_; }

 private:
  struct call;
  using call_ptr = std::shared_ptr<call>;

  void answer(const routed_request& request, http_target target, http_reply reply);
  void on_admitted(const call_ptr& asked);
  void run_read(const call_ptr& asked);
  // On a read thread.
  void read(const call_ptr& asked);
  view_answer answer_of(const call& asked, const room_info& room) const;
  void reply_with(const call& asked, view_answer answer);

  const client_limits& limits_;
  fold_lookup& fold_;
  const read_sources sources_;
  command_port& port_;
  http_admission& admission_;
  task_runner& readers_;
  std::atomic<std::uint64_t> rate_limited_{0}, pages_cut_{0};
};

}  // namespace roomlog
