// One io_context and one thread. What the loop's handlers produced for a connection is sent at the
// end of the tick: handlers that are ready run first, for a bounded time, then every connection on
// the list is flushed once, between the two halves of what goes past the connections
// (around_flush). Timers are coarse: one wheel with slots of `tick`, no timer per
// connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "log/base/clock.h"
#include "pushers/transport/code_counts.h"
#include "pushers/transport/direct_outputs.h"

namespace roomlog {

// A connection, as its loop sees it. Only the loop's thread calls and is called.
class loop_member : public std::enable_shared_from_this<loop_member> {
 public:
  virtual ~loop_member() = default;
  virtual void flush() = 0;
  virtual void on_timer(std::chrono::microseconds now) = 0;
  // Ends at once; the loop stops.
  virtual void end() = 0;

 private:
  friend class event_loop;
  friend class timer_wheel;
  bool flush_listed_ = false;
  std::chrono::microseconds due_ = std::chrono::microseconds::max();
  std::size_t place_ = 0;
};

// Written by the loop's thread only.
struct loop_counters {
  std::uint64_t sends = 0, sends_short = 0, bytes_sent = 0, http_requests = 0, accepted = 0;
  std::uint64_t output_bytes = 0;   // that wait now
  std::uint64_t flushes_cut = 0;    // with more to send than flush_bytes_max
  std::uint64_t http_streams = 0;   // streamed answers that are open now
  std::uint64_t http_timeouts = 0;  // connections on which no whole request came in time
  http_status_counts http_responses;
  close_counts closes;  // close frames sent
};

class event_loop {
 public:
  event_loop(const clock_source& clock, std::chrono::milliseconds tick);
  ~event_loop();  // stop()s
  event_loop(const event_loop&) = delete;

  void start();
  // Ends all members, then the thread. Idempotent; not from the loop's thread.
  void stop();

  // From any thread; dropped once the loop has stopped.
  void post(std::function<void()> work);
  // Called on the loop's thread once per `tick`. Before start().
  void each_tick(std::function<void()> call);
  // Called on the loop's thread at the end of every tick: `before` its connections are flushed, and
  // `after`, which is true where it has more to send in the next tick. Before start().
  void around_flush(std::function<void()> before, std::function<bool()> after);

  // ---- the loop's thread only ----
  void add(const std::shared_ptr<loop_member>& member);
  void remove(loop_member& member);
  std::size_t members() const;
  // Its flush() is called at the end of this tick.
  void flush_later(loop_member& member);
  // Its on_timer() is called at `due` or up to a tick later, unless it was called earlier: the call
  // then asks anew.
  void call_at(loop_member& member, std::chrono::microseconds due);
  std::chrono::microseconds now() const;
  loop_counters& counters();
  direct_outputs& direct();

  // Asio's side of the loop, for the files that know Asio.
  struct impl;
  impl& asio() { return *impl_; }

 private:
  std::unique_ptr<impl> impl_;
};

}  // namespace roomlog
