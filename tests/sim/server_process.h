// One server process: the real fold service, gateway, shard cores and sessions, driven by the
// schedule instead of threads. Destroying it is a crash: what was not committed is gone.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/serve/gateway.h"
#include "projections/store/memory_state_store.h"
#include "pushers/manual_tasks.h"
#include "pushers/shard_core.h"
#include "tests/sim/batch_check.h"
#include "tests/sim/connection.h"
#include "tests/sim/process_log.h"

namespace roomlog::sim {

// How a process is started.
struct process_setup {
  std::string gateway;  // its id; empty: it takes no commands
  bool has_sessions = true;
  bool alone = false;  // on a log of its own
  unsigned shards = 1;
  std::size_t read_bytes = 64 << 10;
  std::vector<view_entry> views;
  client_limits limits;
  bool unlimited = true;  // principals have no rates
};

// What outlives a process.
struct machine {
  machine(const schedule& time, std::uint32_t partitions)
      : clock(time), disk(make_memory_state(partitions)) {}
  machine_clock clock;
  std::shared_ptr<memory_state> disk;
};

class server_process final : private client_delivery {
 public:
  // All of them outlive it. Throws a violation where the store is refused.
  server_process(process_setup setup, machine& on, shared_log& log, network& net);
  ~server_process() override;

  // Null while it takes no clients.
  std::shared_ptr<connection> connect(const std::string& token, peer& client);
  void on_end(partition_id partition) { log_->on_end(partition); }
  void stop_for(microseconds time);  // as by SIGSTOP and SIGCONT
  void drain();

  bool takes_clients() const { return setup_.has_sessions && let_in_ && !draining_; }
  const process_setup& setup() const { return setup_; }
  const gateway& of() const { return *gateway_; }
  fold_service& fold() { return *fold_; }
  process_log& log_of() { return *log_; }
  bool drained() const { return draining_ && gateway_->drained(); }

 private:
  class mortal_store;
  class shard_loop;
  class scheduled_tasks;

  // client_delivery
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> answers) override;
  void deliver(std::vector<addressed_outcome> answers) override;
  void on_token(session_key session, token_answer answer) override;
  void drain(std::chrono::milliseconds after) override;
  std::size_t sessions() const override;

  void open_fold();
  void open_gateway();
  void open_clients();
  void check_token(const std::string& token, const std::function<void(token_answer)>& done);
  void wake_fold();
  void step();
  void tick();
  microseconds soon() { return net_.chance.between(microseconds{1}, net_.faults.work_delay); }

  const process_setup setup_;
  machine& machine_;
  network& net_;
  const life_ptr life_ = std::make_shared<process_life>();
  const std::unique_ptr<process_log> log_;
  batch_check batches_;
  mortal_store* store_ = nullptr;  // owned by the fold service
  std::unique_ptr<fold_service> fold_;
  std::unique_ptr<gateway> gateway_;
  client_server_options options_;
  open_sessions open_;
  std::unique_ptr<scheduled_tasks> tasks_;
  std::vector<std::unique_ptr<shard_loop>> loops_;
  std::size_t turn_ = 0;
  bool fold_scheduled_ = false, let_in_ = false, draining_ = false;
};

}  // namespace roomlog::sim
