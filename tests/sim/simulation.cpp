#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

#include "tests/sim/state_check.h"
#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;

// In which everything must come to rest once nothing goes wrong any more.
constexpr microseconds rest_max = 180s;
// Of one run, which takes some 15,000: more are work that goes round in circles.
constexpr std::uint64_t calls_max = 5'000'000;

}  // namespace

simulation::simulation(std::uint64_t seed, bool prints) : chance_(seed) {
  time_.print_trace(prints);
  faults_ = fault_rates::any(chance_);
  trouble_ = chance_.between(10s, 60s);
  choose_log();
  choose_servers();
  choose_clients();
}

void simulation::choose_log() {
  alone_ = chance_.in_1000(300);
  log_ = std::make_unique<shared_log>(time_, static_cast<std::uint32_t>(1 + chance_.below(3)));
  log_->on_end = [this](partition_id partition) {
    for (const auto& one : servers_) {
      if (one->process) one->process->on_end(partition);
    }
  };
  writer_ = std::make_unique<other_writer>(*log_, chance_);
  book_ = std::make_unique<command_book>(log_->judge());
}

std::vector<view_entry> simulation::choose_views() {
  std::vector<view_entry> views = all_views();
  std::erase_if(views, [this](const view_entry&) { return chance_.in_1000(250); });
  return views;
}

process_setup simulation::choose_setup(std::size_t number) {
  process_setup setup;
  setup.alone = alone_;
  setup.gateway = "gw-" + std::to_string(number);
  if (number > 0 && chance_.in_1000(150)) setup.gateway.clear();  // a pusher
  if (number > 0 && chance_.in_1000(150)) {                       // a projector
    setup.gateway.clear();
    setup.has_sessions = false;
  }
  setup.shards = static_cast<unsigned>(1 + chance_.below(2));
  setup.read_bytes = chance_.in_1000(500) ? 600 : 64 << 10;
  setup.views = choose_views();
  setup.unlimited = chance_.in_1000(700);
  if (chance_.in_1000(400)) setup.limits.tail_bytes_per_room = 4 << 10;
  if (chance_.in_1000(300)) setup.limits.page_bytes = 2 << 10;
  if (chance_.in_1000(300)) setup.limits.inbox_bytes_max = 3 << 10;
  if (chance_.in_1000(200)) setup.limits.output_bytes_max = 4 << 10;
  return setup;
}

void simulation::choose_servers() {
  const std::size_t count = alone_ ? 1 : 1 + chance_.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    auto one = std::make_unique<server>();
    one->setup = choose_setup(i);
    one->on = std::make_unique<machine>(time_, log_->partitions());
    servers_.push_back(std::move(one));
    start(*servers_.back());
  }
}

void simulation::choose_clients() {
  std::vector<std::string> users, rooms;
  for (std::uint64_t i = 0; i < 2 + chance_.below(4); ++i) users.push_back("u" + std::to_string(i));
  for (std::uint64_t i = 0; i < 1 + chance_.below(4); ++i) rooms.push_back("r" + std::to_string(i));
  clients_world_ = std::make_unique<client_world>(
      client_world{net_, log_->judge(), *book_, users, rooms,
                   [this](const auto& token, peer& who) { return connect(token, who); }});
  int devices = 0;
  for (const auto& user : users) {
    for (std::uint64_t i = 0; i < 1 + chance_.below(2); ++i) {
      clients_.push_back(
          std::make_unique<client>(*clients_world_, user, "d" + std::to_string(devices++)));
    }
  }
}

std::shared_ptr<connection> simulation::connect(const std::string& token, peer& who) {
  std::vector<server*> open;
  for (const auto& one : servers_) {
    if (one->process && one->process->takes_clients()) open.push_back(one.get());
  }
  if (open.empty()) return nullptr;
  return chance_.one_of(open)->process->connect(token, who);
}

// ---- processes ----

void simulation::start(server& one) {
  one.starting = false;
  one.process = std::make_unique<server_process>(one.setup, *one.on, *log_, net_);
}

void simulation::start_later(server& one) {
  if (std::exchange(one.starting, true)) return;
  time_.after(chance_.between(10ms, 5s), nullptr, "a process starts", [this, of = &one] {
    if (of->starting) start(*of);
  });
}

void simulation::crash(server& one) {
  if (!one.process) return;
  time_.note("a process dies");
  one.process.reset();
  if (alone_) log_->lose_power();
  if (chance_.in_1000(300)) one.setup.views = choose_views();
  if (!one.is_clone) start_later(one);
}

// As an operator does: a process that ends is started again.
void simulation::watch_servers() {
  time_.after(250ms, nullptr, "servers are looked at", [this] { watch_servers(); });
  for (const auto& one : servers_) {
    if (!one->process) continue;
    const auto why = one->process->of().fatal();
    if (why && calm_ && one->is_clone) continue;
    // A log that takes no more appends needs a restart, and says so.
    const bool log_failed = !one->process->log_of().failure().empty();
    if (why || log_failed || one->process->drained()) crash(*one);
  }
}

// ---- the run ----

run_result simulation::run() {
  for (const auto& one : clients_) one->begin();
  watch_servers();
  go_wrong_later();
  write_later();
  while (time_.now() < trouble_) run_next();
  calm_down();
  come_to_rest();
  for (const auto& one : clients_) one->read_all();
  come_to_rest();
  book_->check_all();
  compare_states();
  run_result done{time_.trace(), time_.calls(), 0, book_->acknowledged(), time_.now()};
  for (std::uint32_t p = 0; p < log_->partitions(); ++p) {
    done.records += log_->events().bounds(partition_id{p}).end.value;
  }
  return done;
}

void simulation::run_next() {
  time_.run_next();
  if (time_.calls() > calls_max) fail("something goes round in circles");
}

void simulation::come_to_rest() {
  const microseconds until = time_.now() + rest_max;
  microseconds look = time_.now() + 2s;
  std::string missing = "nothing was looked at";
  while (!missing.empty() && time_.now() < until) {
    run_next();
    if (time_.now() < look) continue;
    look = time_.now() + 1s;
    missing = unrest();
  }
  if (!missing.empty()) fail("nothing goes wrong any more, and there is no rest: ", missing);
}

void simulation::calm_down() {
  time_.note("calm");
  calm_ = true;
  faults_ = fault_rates::none();
  for (const auto& one : servers_) {
    one->on->clock.set_wrong_by(0us);
    if (one->is_clone) {
      one->process.reset();
      continue;
    }
    // Damage, and a gateway id that another one had, are over with a start.
    if (one->process && (one->process->log_of().has_damage() ||
                         !one->process->log_of().failure().empty() || one->process->of().fatal())) {
      crash(*one);
    }
    if (!one->process) start_later(*one);
  }
  log_->clock().set_wrong_by(0us);
  for (const auto& one : clients_) one->calm_down();
}

std::string simulation::unrest() const {
  for (const auto& one : servers_) {
    if (one->is_clone) continue;
    if (!one->process) return "a process is down";
    if (const auto why = one->process->of().fatal()) return "a process has to end: " + why->text;
    for (const auto& status : one->process->fold().status()) {
      const std::string where = "partition " + std::to_string(status.partition.value);
      if (!status.stopped.empty()) return where + " has stopped: " + status.stopped;
      if (status.position < log_->events().bounds(status.partition).end)
        return where + " is behind";
      for (const auto& view : status.views) {
        if (!view.level) return where + ": the view " + std::string(view.name) + " is behind";
      }
    }
    if (!one->setup.gateway.empty() && !one->process->of().commands()->ready()) {
      return "a gateway is not ready";
    }
  }
  for (const auto& one : clients_) {
    if (auto missing = one->unrest(); !missing.empty()) return missing;
  }
  return {};
}

// Every role has the same state, byte for byte that of a fold from nothing.
void simulation::compare_states() {
  for (const auto& one : servers_) {
    if (!one->is_clone) compare_state(*one);
  }
}

void simulation::compare_state(server& one) {
  const std::string problem = state_problem(log_->events(), one.process, one.on->disk, one.setup);
  if (!problem.empty()) fail("the state of a process: ", problem);
}

}  // namespace roomlog::sim
