// The Asio side of an event_loop.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <vector>

#include "pushers/transport/event_loop.h"
#include "pushers/transport/timer_wheel.h"

namespace roomlog {

using loop_executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, loop_executor>;

struct event_loop::impl {
  impl(const clock_source& clock, std::chrono::milliseconds tick);
  void run();
  void flush_listed();
  void arm_tick();
  void run_wheel();

  const clock_source& clock;
  const std::chrono::milliseconds tick;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<loop_executor> work{io.get_executor()};
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, loop_executor>
      timer{io.get_executor()};
  std::function<void()> on_tick;
  std::function<void()> before_flush = [] {};
  std::function<bool()> after_flush = [] { return false; };
  direct_outputs direct;
  timer_wheel wheel;
  std::vector<std::shared_ptr<loop_member>> members;
  std::vector<std::shared_ptr<loop_member>> listed, flushing;
  loop_counters counters;
  bool wheel_runs = false;    // timers that are due wait for their turn
  bool more_to_send = false;  // past the connections
  bool stopping = false;      // the loop's thread only
  std::atomic<bool> stopped = false;
  std::thread thread;
};

}  // namespace roomlog
