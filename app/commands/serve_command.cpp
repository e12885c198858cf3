#include "app/commands/serve_command.h"

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include "app/config/config_options.h"
#include "app/serve/descriptor_plan.h"
#include "app/serve/server.h"
#include "app/serve/server_rules.h"
#include "app/serve/service_manager.h"
#include "log/base/diagnostics.h"

namespace roomlog {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto tick_interval = 100ms;
constexpr auto start_interval = 5ms;

void say(const char* text) {
  (void)!::write(STDERR_FILENO, text, std::strlen(text));
}

// Every signal whose default is to end a process, and that is neither a fault of the program nor
// SIGKILL. All but SIGHUP ask for a drain.
std::vector<int> ending_signals() {
  std::vector<int> out{SIGTERM, SIGINT,    SIGQUIT, SIGUSR1, SIGUSR2,   SIGALRM,
                       SIGPROF, SIGVTALRM, SIGPOLL, SIGPWR,  SIGSTKFLT, SIGXCPU};
  for (int one = SIGRTMIN; one <= SIGRTMAX; ++one) out.push_back(one);
  return out;
}

// Signals as values: blocked in every thread, taken by the one that asks.
class process_signals {
 public:
  enum class request : std::uint8_t { none, reload, end };

  process_signals() {
    ::sigemptyset(&wanted_);
    for (const int one : ending_signals()) ::sigaddset(&wanted_, one);
    ::sigaddset(&wanted_, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &wanted_, nullptr);
    ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write
  }

  // What came within the time.
  request wait(std::chrono::milliseconds at_most) const {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(at_most).count();
    const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
    const int came = ::sigtimedwait(&wanted_, nullptr, &time);
    if (came <= 0) return request::none;
    return came == SIGHUP ? request::reload : request::end;
  }

  // From now on the next one ends the process where it stands: what was acknowledged is durable.
  // SIGHUP stays blocked, and does nothing any more.
  void end_at_once() const {
    const auto end = [](int) {
      say("roomlog: ended at once\n");
      ::_exit(static_cast<int>(exit_code::failed));
    };
    sigset_t ending{};
    ::sigemptyset(&ending);
    for (const int one : ending_signals()) {
      ::signal(one, end);
      ::sigaddset(&ending, one);
    }
    ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  }

 private:
  sigset_t wanted_{};
};

// Ends the process when a drain takes longer than it may.
class watchdog {
 public:
  explicit watchdog(steady::time_point until)
      : thread_([this, until] {
          std::unique_lock lock(mutex_);
          if (over_.wait_until(lock, until, [this] { return done_; })) return;
          say("roomlog: the drain took longer than server.drain; ended\n");
          ::_exit(static_cast<int>(exit_code::failed));
        }) {}
  ~watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    over_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
  std::thread thread_;
};

exit_code refuse(const error& e) {
  diagnostics::flush();
  std::cerr << "roomlog: cannot start: " << e.text << '\n';
  return exit_code_of(e.code);
}

// The server's life as a process, from start to end.
class process {
 public:
  process(server& running, const config& given, const process_signals& signals,
          service_manager& manager)
      : running_(running), given_(given), signals_(signals), manager_(manager) {}

  exit_code run() {
    running_.start();
    while (!running_.prepared()) {
      if (must_end_within(start_interval)) return drain();
      running_.tick();
      manager_.still_starting(steady::now());
      manager_.status(running_.state());
      if (const auto why = running_.fatal()) return refuse(*why);
    }
    if (const auto why = running_.fatal()) return refuse(*why);
    if (auto listening = running_.listen(); !listening) return refuse(listening.error());
    std::cout << running_.ready_line() << std::endl;
    if (!std::cout.good()) diagnostics::warn("server", "the ready line could not be written");
    manager_.ready();
    while (!must_end_within(tick_interval)) {
      running_.tick();
      manager_.alive(steady::now());
      manager_.status(running_.state());
      if (const auto why = running_.fatal()) return end_with(*why);
    }
    return drain();
  }

 private:
  // Waits so long for a request to end, and reloads at once where that is asked for.
  bool must_end_within(std::chrono::milliseconds at_most) {
    const auto asked = signals_.wait(at_most);
    if (asked == process_signals::request::reload) {
      manager_.reloading(steady::now());
      running_.reload();
      manager_.reloaded();
    }
    return asked == process_signals::request::end;
  }

  exit_code end_with(const error& why) {
    diagnostics::error("server", why.text);
    diagnostics::flush();
    std::cerr << "roomlog: stopped: " << why.text << '\n';
    take_down(1s);
    return exit_code_of(why.code);
  }

  exit_code drain() {
    diagnostics::info("server", "drains");
    take_down(given_.server.drain);
    diagnostics::info("server", "is down");
    diagnostics::flush();
    return exit_code::done;
  }

  // Within this time as far as it is in the server's hands, within server.drain whatever holds it
  // up, and at once at a signal.
  void take_down(std::chrono::milliseconds within) {
    manager_.stopping();
    manager_.status("drains");
    const auto begun = steady::now();
    signals_.end_at_once();
    const watchdog bound(begun + given_.server.drain);
    running_.drain(begun + within);
  }

  server& running_;
  const config& given_;
  const process_signals& signals_;
  service_manager& manager_;
};

exit_code serve(const config_options& options) {
  const process_signals signals;  // before any thread is made
  auto loaded = options.load();
  if (!loaded) {
    std::cerr << loaded.error().text << '\n';
    return exit_code::configuration;
  }
  if (auto fits = check_for_server(*loaded); !fits) {
    std::cerr << fits.error().text << '\n';
    return exit_code::configuration;
  }
  auto manager = service_manager::of_environment();
  const config& values = loaded->values;
  diagnostics::configure(values.diagnostics.level, values.diagnostics.format);
  const auto descriptors = plan_descriptors(raise_open_files(), values);
  if (!descriptors) return refuse(descriptors.error());
  manager.still_starting(steady::now());
  auto opened = server::open(values, *descriptors);
  if (!opened) return refuse(opened.error());
  const auto ended = process(**opened, values, signals, manager).run();
  signals.end_at_once();  // also while a start that was refused is taken down
  return ended;
}

}  // namespace

void add_serve_command(CLI::App& root, command_choice& choice) {
  CLI::App* command = root.add_subcommand("serve", "Run the server.");
  command->footer(
      "Prints one line on stdout once clients are served:\n"
      "  ready http://HOST:PORT ws://HOST:PORT/v1/ws admin http://HOST:PORT\n"
      "SIGTERM drains and ends with 0, as do SIGINT, SIGQUIT, SIGUSR1 and all others that end a\n"
      "process; a second one ends at once. SIGHUP reads keys and prohibited words again.\n"
      "\n"
      "examples:\n"
      "  roomlog serve --data ./data\n"
      "  roomlog serve --listen 0.0.0.0:8080 --threads 2\n"
      "  roomlog serve --log kafka --kafka kafka-1:9092,kafka-2:9092 --roles ingress,pusher\n"
      "  roomlog serve --log memory --listen 127.0.0.1:0 --set limits.user_per_second=0\n"
      "\n"
      "Every setting: `roomlog config default`, docs/configuration.md.");
  const auto options = std::make_shared<config_options>();
  options->add_to(*command);
  command->callback([options, &choice] { choice.run = [options] { return serve(*options); }; });
}

}  // namespace roomlog
