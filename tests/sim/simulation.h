// One run: a log, one to three server processes on it, clients, what goes wrong, then a calm phase in
// which everything must come to rest, and the last comparisons.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/client.h"
#include "tests/sim/other_writer.h"
#include "tests/sim/server_process.h"

namespace roomlog::sim {

struct run_result {
  std::uint64_t trace = 0, calls = 0, records = 0, acknowledged = 0;
  microseconds time{};
};

class simulation {
 public:
  simulation(std::uint64_t seed, bool prints);
  // Throws a violation.
  run_result run();

 private:
  // A place for a server process, and the process when it is up.
  struct server {
    process_setup setup;
    std::unique_ptr<machine> on;
    std::unique_ptr<server_process> process;
    bool starting = false;
    bool is_clone = false;  // of another one's gateway id
  };

  void choose_log();
  void choose_servers();
  void choose_clients();
  process_setup choose_setup(std::size_t number);
  std::vector<view_entry> choose_views();
  std::shared_ptr<connection> connect(const std::string& token, peer& who);

  void start(server& one);
  void start_later(server& one);
  void crash(server& one);
  void watch_servers();

  void go_wrong_later();
  void go_wrong();
  void go_wrong_on(server& one);
  void clone(const server& one);
  void write_later();

  void calm_down();
  void run_next();
  void come_to_rest();
  std::string unrest() const;
  void compare_states();
  void compare_state(server& one);

  random_source chance_;
  schedule time_;
  fault_rates faults_;
  network net_{time_, chance_, faults_};
  bool alone_ = false;
  std::unique_ptr<shared_log> log_;
  std::unique_ptr<command_book> book_;
  std::vector<std::unique_ptr<server>> servers_;
  std::unique_ptr<client_world> clients_world_;
  std::vector<std::unique_ptr<client>> clients_;
  std::unique_ptr<other_writer> writer_;
  microseconds trouble_{};  // how long things go wrong
  bool calm_ = false;
};

}  // namespace roomlog::sim
