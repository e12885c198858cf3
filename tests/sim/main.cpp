// roomlog_sim: runs seeds, one after the other. `tests/sim/run` runs it on every core.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "log/base/diagnostics.h"
#include "log/base/planted_bug.h"
#include "tests/sim/simulation.h"

namespace {

struct options {
  std::uint64_t from = 1, seeds = 1, step = 1;
  bool trace = false, verbose = false;
};

int usage() {
  std::fputs(
      "roomlog_sim [--from S] [--seeds N] [--step K] [--verbose] [--trace] | --bugs\n"
      "Runs the seeds S, S + K, S + 2 K …; exit code 1 at the first that does not hold.\n"
      "--verbose prints a line for each seed, --trace everything that happens. --bugs lists the\n"
      "bugs that this build has on purpose and that the simulation must find.\n",
      stderr);
  return 2;
}

bool parse(int argc, char** argv, options& to) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--trace" || name == "--verbose") {
      (name == "--trace" ? to.trace : to.verbose) = true;
      continue;
    }
    std::uint64_t* const value = name == "--from"    ? &to.from
                                 : name == "--seeds" ? &to.seeds
                                 : name == "--step"  ? &to.step
                                                     : nullptr;
    char* end = nullptr;
    if (value == nullptr || ++i == argc) return false;
    *value = std::strtoull(argv[i], &end, 10);
    if (end == argv[i] || *end != '\0') return false;
  }
  return true;
}

// All but what only a disk can show.
int list_bugs() {
  for (const auto bug : roomlog::planted_bugs()) {
    if (bug != "no_fsync") std::printf("%.*s\n", static_cast<int>(bug.size()), bug.data());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace roomlog;
  if (argc == 2 && std::strcmp(argv[1], "--bugs") == 0) return list_bugs();
  options wanted;
  if (!parse(argc, argv, wanted)) return usage();
  diagnostics::configure(diagnostics::level::debug, diagnostics::format::text);
  // What servers say while things go wrong is of no interest unless asked for.
  if (!wanted.trace && std::freopen("/dev/null", "w", stderr) == nullptr) return 2;
  sim::run_result sum;
  for (std::uint64_t i = 0; i < wanted.seeds; ++i) {
    const std::uint64_t seed = wanted.from + i * wanted.step;
    try {
      const auto done = sim::simulation(seed, wanted.trace).run();
      if (wanted.verbose) {
        std::printf("seed %llu trace %016llx time %.1f s calls %llu records %llu acks %llu\n",
                    static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(done.trace),
                    static_cast<double>(done.time.count()) / 1e6,
                    static_cast<unsigned long long>(done.calls),
                    static_cast<unsigned long long>(done.records),
                    static_cast<unsigned long long>(done.acknowledged));
      }
      sum.time += done.time;
      sum.calls += done.calls;
      sum.records += done.records;
      sum.acknowledged += done.acknowledged;
    } catch (const std::exception& e) {
      std::printf("VIOLATION seed %llu: %s\n", static_cast<unsigned long long>(seed), e.what());
      return 1;
    }
  }
  std::printf(
      "seeds %llu hours %.2f calls %llu records %llu acks %llu\n",
      static_cast<unsigned long long>(wanted.seeds), static_cast<double>(sum.time.count()) / 3.6e9,
      static_cast<unsigned long long>(sum.calls), static_cast<unsigned long long>(sum.records),
      static_cast<unsigned long long>(sum.acknowledged));
  return 0;
}
