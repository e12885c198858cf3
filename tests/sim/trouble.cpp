// What goes wrong in a run, and when.
#include <algorithm>
#include <utility>

#include "tests/sim/simulation.h"

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;

}  // namespace

void simulation::write_later() {
  time_.after(chance_.between(10ms, 800ms), nullptr, "another program writes", [this] {
    if (calm_) return;
    writer_->act();
    write_later();
  });
}

void simulation::go_wrong_later() {
  time_.after(chance_.between(100ms, 4s), nullptr, "something goes wrong", [this] {
    if (calm_) return;
    go_wrong();
    go_wrong_later();
  });
}

void simulation::go_wrong() {
  auto& some_client = *chance_.one_of(clients_);
  switch (chance_.below(8)) {
    case 0:
      return some_client.cut();
    case 1:
      return some_client.fall_silent();
    case 2:
      return some_client.read_slowly(chance_.between(100ms, 20s));
    case 3:
      faults_ = fault_rates::any(chance_);
      return;
    case 4:
      return log_->clock().set_wrong_by(chance_.between(0us, 20s) - 10s);
    default:
      return go_wrong_on(*chance_.one_of(servers_));
  }
}

void simulation::go_wrong_on(server& one) {
  if (!one.process) return;
  switch (chance_.below(10)) {
    case 0:
    case 1:
    case 2:
      return crash(one);
    case 3:
    case 4:
      time_.note("a process sleeps");
      return one.process->stop_for(chance_.between(10ms, 12s));
    case 5:
      time_.note("a clock is set");
      return one.on->clock.set_wrong_by(chance_.between(0us, 40s) - 20s);
    case 6:
      return clone(one);
    case 7:
      time_.note("a partition is damaged");
      return one.process->log_of().damage(
          partition_id{static_cast<std::uint32_t>(chance_.below(log_->partitions()))});
    case 8:
      if (!alone_) return;
      time_.note("the disk breaks");
      return log_->break_disk();
    default:
      time_.note("a process drains");
      return one.process->drain();
  }
}

// Somebody starts a second server with a copy of a data directory.
void simulation::clone(const server& one) {
  const auto is_clone = [](const auto& other) { return other->is_clone; };
  if (alone_ || one.setup.gateway.empty() || std::ranges::any_of(servers_, is_clone)) return;
  time_.note("a clone starts");
  auto copy = std::make_unique<server>();
  copy->setup = one.setup;
  copy->is_clone = true;
  copy->on = std::make_unique<machine>(time_, log_->partitions());
  servers_.push_back(std::move(copy));
  start(*servers_.back());
}

}  // namespace roomlog::sim
