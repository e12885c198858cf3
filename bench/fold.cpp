// The fold's speed on a log of its own making:
//   fold fill DIR MESSAGES            an embedded log with so many messages in DIR/log
//   fold memory MESSAGES              records per second with log and state in memory
//   fold disk DIR [--views] [--threads N]   records per second of a rebuild from DIR/log into
//   DIR/state
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "bench/fold_run.h"
#include "bench/log_fill.h"
#include "log/embedded/embedded_log.h"
#include "log/memory_log.h"
#include "projections/store/memory_state_store.h"
#include "projections/store/rocks_state_store.h"
#include "schemas/records/codec.h"

namespace roomlog::bench {
namespace {

using steady = std::chrono::steady_clock;

void report(const char* what, const folded& done) {
  std::printf("{\"what\":\"%s\",\"records\":%llu,\"seconds\":%.2f,\"records_per_s\":%.0f}\n", what,
              static_cast<unsigned long long>(done.records), done.seconds, done.per_second());
}

std::unique_ptr<log> open_log(const std::filesystem::path& dir, const clock_source& clock) {
  const std::string epoch = "00000000000000000000000000000001";
  auto opened =
      open_embedded_log(dir / "log", {}, {std::nullopt, epoch}, descriptor_codec(), clock);
  if (!opened) throw std::runtime_error(opened.error().text);
  return std::move(*opened);
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"fold benchmarks"};
  std::string mode, dir;
  std::uint64_t messages = 1'000'000;
  bool views = false;
  app.add_option("mode", mode)->required()->check(CLI::IsMember({"fill", "memory", "disk"}));
  app.add_option("--dir", dir);
  app.add_option("--messages", messages);
  app.add_flag("--views", views);
  std::size_t threads = 1;
  app.add_option("--threads", threads);
  CLI11_PARSE(app, argc, argv);
  try {
    const system_clock_source clock;
    const auto kept = views ? all_views() : std::vector<view_entry>();
    if (mode == "memory") {
      auto opened = open_memory_log({});
      if (!opened) throw std::runtime_error(opened.error().text);
      auto events = std::move(*opened);
      fill_log(*events, {messages});
      memory_state_store store(events->partitions());
      report("fold, state in memory", run_fold(*events, store, kept));
      events->close();
      return 0;
    }
    std::filesystem::create_directories(dir);
    auto events = open_log(dir, clock);
    if (mode == "fill") {
      const auto begin = steady::now();
      fill_log(*events, {messages});
      const std::chrono::duration<double> took = steady::now() - begin;
      report("fill", {records_in(*events), took.count()});
    } else {
      std::filesystem::remove_all(std::filesystem::path(dir) / "state");
      const auto store = open_rocks_state_store(std::filesystem::path(dir) / "state",
                                                {events->partitions(), events->identity().epoch});
      if (!store) throw std::runtime_error(store.error().text);
      report(views ? "fold and views, on disk" : "fold, state on disk",
             run_fold(*events, **store, kept, threads));
    }
    events->close();
  } catch (const std::exception& e) {
    std::cerr << "fold: " << e.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace roomlog::bench

int main(int argc, char** argv) {
  return roomlog::bench::run(argc, argv);
}
