#include "log/base/diagnostics.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "log/base/clock.h"
#include "log/base/diagnostics_line.h"

namespace roomlog::diagnostics {
namespace {

constexpr std::size_t waiting_lines_max = 8192;
constexpr std::chrono::seconds flush_wait_max{2};

// stderr, and a count of the flushes that have reached it: spdlog's own flush() of an asynchronous
// logger only queues the wish.
class counting_stderr_sink final : public spdlog::sinks::sink {
 public:
  counting_stderr_sink() {
    stderr_.set_pattern("%v");  // lines come complete
  }
  void log(const spdlog::details::log_msg& line) override { stderr_.log(line); }
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  void flush() override {
    stderr_.flush();
    {
      const std::lock_guard lock(mutex_);
      ++flushes_;
    }
    flushed_.notify_all();
  }
  std::size_t flushes() {
    const std::lock_guard lock(mutex_);
    return flushes_;
  }
  void wait_for_flush_after(std::size_t seen) {
    std::unique_lock lock(mutex_);
    flushed_.wait_for(lock, flush_wait_max, [&] { return flushes_ > seen; });
  }

 private:
  spdlog::sinks::stderr_sink_mt stderr_;
  std::mutex mutex_;
  std::condition_variable flushed_;
  std::size_t flushes_ = 0;
};

struct machine {
  level threshold = level::warn;
  format how = format::text;
  std::shared_ptr<counting_stderr_sink> sink = std::make_shared<counting_stderr_sink>();
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(waiting_lines_max, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "diagnostics", sink, pool, spdlog::async_overflow_policy::overrun_oldest);

  machine() { logger->set_level(spdlog::level::trace); }
};

// Before configure(): text from warn on, for tests and tools. Destroyed at exit, which writes what
// waits.
machine& the_machine() {
  static machine instance;
  return instance;
}

}  // namespace

void configure(level threshold, format how) {
  the_machine().threshold = threshold;
  the_machine().how = how;
}

level parse_level(std::string_view name) {
  for (const auto candidate : {level::debug, level::info, level::warn, level::error}) {
    if (name == name_of(candidate)) return candidate;
  }
  throw std::invalid_argument("'" + std::string(name) +
                              "' is no level of diagnostics: debug, info, warn or error");
}

void write(level severity, std::string_view area, std::string_view text) {
  auto& to = the_machine();
  if (severity < to.threshold) return;
  to.logger->log(spdlog::level::info,
                 make_line(system_clock_source().now(), severity, area, text, to.how));
}

std::size_t dropped() {
  return the_machine().pool->overrun_counter();
}

void flush() {
  auto& to = the_machine();
  const auto seen = to.sink->flushes();
  to.logger->flush();
  to.sink->wait_for_flush_after(seen);
}

}  // namespace roomlog::diagnostics
