// What is to happen, in virtual time: the whole simulation is a sequence of these calls on one
// thread. Two calls that are due at the same time run in the order in which they were scheduled.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string_view>
#include <vector>

#include "log/base/clock.h"

namespace roomlog::sim {

using std::chrono::microseconds;

// One life of a process. Its work is dropped when it has ended, and waits while it is stopped, as
// by SIGSTOP.
struct process_life {
  microseconds stopped_until{};
};
using life_ptr = std::shared_ptr<process_life>;

class schedule {
 public:
  microseconds now() const { return now_; }
  // `of` may be null: work of nobody, which always runs. `what` goes into the trace.
  void after(microseconds delay, const life_ptr& of, std::string_view what,
             std::function<void()> run);
  // False: nothing is due any more.
  bool run_next();
  // Adds to the trace what was seen, such as a frame.
  void note(std::string_view seen);

  // Of every call so far, with its time: two runs that did the same have the same.
  std::uint64_t trace() const { return trace_; }
  std::uint64_t calls() const { return calls_; }
  // Every call and note on stderr, as they come.
  void print_trace(bool wanted) { prints_ = wanted; }

 private:
  struct call {
    microseconds due;
    std::uint64_t number;
    bool bound;  // to a life
    std::weak_ptr<process_life> of;
    std::string_view what;
    std::function<void()> run;
  };
  struct later {
    bool operator()(const call& a, const call& b) const {
      return a.due != b.due ? a.due > b.due : a.number > b.number;
    }
  };
  void mix(std::string_view bytes);

  microseconds now_{};
  std::uint64_t numbers_ = 0, calls_ = 0, trace_ = 14695981039346656037u;
  bool prints_ = false;
  std::priority_queue<call, std::vector<call>, later> calls_due_;
};

// The clocks of one machine: steady time is that of the schedule, wall-clock time may be set wrong.
class machine_clock final : public clock_source {
 public:
  explicit machine_clock(const schedule& of) : of_(of) {}
  timestamp now() const override { return timestamp{(begin + of_.now() + wrong_by_).count()}; }
  microseconds steady() const override { return begin + of_.now(); }
  void set_wrong_by(microseconds by) { wrong_by_ = by; }

 private:
  static constexpr microseconds begin{1'700'000'000'000'000};
  const schedule& of_;
  microseconds wrong_by_{};
};

}  // namespace roomlog::sim
