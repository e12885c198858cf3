// Reads over HTTP: the views as the same objects that sessions get, for whoever may read the room.
//
//   loop: path, method ──► port: token ──► reader thread: rights ──► view ──► reply
//                                             │   ▲
//                                  refused    ▼   │ once
//                                          the fold reads what the log held
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "log/base/clock.h"
#include "projections/queries/history_reader.h"
#include "projections/worker/fold_reader.h"
#include "pushers/client_server_options.h"
#include "pushers/http/http_types.h"
#include "pushers/http/request_shares.h"
#include "pushers/http/view_queries.h"
#include "pushers/reader_pool.h"
#include "pushers/session/command_port.h"
#include "pushers/session/session_env.h"

namespace roomlog {

// Thread-safe. Holds at most http_in_flight_max requests, of which one more is answered
// `overloaded`; so is one of a user who has as many as are free. A request that the fold does not
// get to is kept, and counts, until it does or gives it up; its connection answers for it.
class http_views {
 public:
  // What it is given outlives it, and calls back no more when it goes.
  http_views(const client_server_options& options, fold_reader& fold, history_reader& history,
             command_port& port, reader_pool& readers, const clock_source& clock)
      : limits_(options.limits),
        answer_wait_(options.times.fold_wait),
        clock_(clock),
        fold_(fold),
        sources_{fold, history, options.limits},
        port_(port),
        readers_(readers) {}

  // Does not block. The reply comes at once or from another thread.
  void answer(const http_request& request, http_reply reply);

  std::uint64_t in_flight() const { return shares_->all(); }
  std::uint64_t overloaded() const { return overloaded_; }
  // Refused by command_port::admit_read().
  std::uint64_t rate_limited() const { return rate_limited_; }
  // Pages that ended before their limit.
  std::uint64_t pages_cut() const { return pages_cut_; }

 private:
  struct call;
  using call_ptr = std::shared_ptr<call>;

  void on_token(const call_ptr& asked, token_verdict verdict);
  void run_read(const call_ptr& asked);
  // On a reader thread.
  void read(const call_ptr& asked);
  void read_rooms(const call_ptr& asked);
  void read_room(const call_ptr& asked);
  void reply_with(const call& asked, view_answer answer);
  // False: the fold has what the log held. Else reads again when it has, once.
  bool wait_level(const call_ptr& asked, const std::string& room_key);

  const client_limits& limits_;
  const std::chrono::microseconds answer_wait_;
  const clock_source& clock_;
  fold_reader& fold_;
  const read_sources sources_;
  command_port& port_;
  reader_pool& readers_;
  // Shared with the requests, which may be let go later than this.
  const std::shared_ptr<request_shares> shares_ = std::make_shared<request_shares>();
  std::atomic<std::uint64_t> overloaded_{0}, rate_limited_{0}, pages_cut_{0};
};

}  // namespace roomlog
