#include "tests/sim/server_process.h"

#include <algorithm>
#include <utility>

#include "tests/sim/violation.h"

namespace roomlog::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 100ms;
constexpr auto drain_notice = 500ms;
constexpr auto drain_answers = 5'050ms;

}  // namespace

// The store of a process that may die: nothing is committed afterwards.
class server_process::mortal_store final : public state_store {
 public:
  explicit mortal_store(const std::shared_ptr<memory_state>& on) : on_(on) {}
  void die() { dead_ = true; }

  std::uint32_t partitions() const override { return on_.partitions(); }
  partition_gate& gate(partition_id p) override { return on_.gate(p); }
  partition_store& partition(partition_id p) override { return on_.partition(p); }
  result<> commit(std::span<const partition_id> which) override {
    return dead_ ? result<>() : on_.commit(which);
  }
  result<> drop(partition_id p, std::string_view prefix) override {
    return dead_ ? result<>() : on_.drop(p, prefix);
  }
  std::unique_ptr<partition_store> begin_again(partition_id p) override {
    return on_.begin_again(p);
  }
  void adopt(partition_id p, std::unique_ptr<partition_store> fresh) override {
    on_.adopt(p, std::move(fresh));
  }
  void scan(partition_id p, std::string_view lower, std::string_view upper,
            scan_direction direction, const visitor& visit) override {
    on_.scan(p, lower, upper, direction, visit);
  }
  std::optional<std::string> read(partition_id p, std::string_view key) override {
    return on_.read(p, key);
  }
  std::vector<std::optional<std::string>> read_together(
      partition_id p, std::span<const std::string_view> keys) override {
    return on_.read_together(p, keys);
  }
  void dump(const visitor& visit) override { on_.dump(visit); }
  result<> flush() override { return {}; }

 private:
  memory_state_store on_;
  bool dead_ = false;
};

// A shard core with its connections. What was posted to it runs in order, each after a while; then
// what is to be sent is sent, as at the end of a tick of the real loop.
class server_process::shard_loop final : public loop_of_connections {
 public:
  shard_loop(server_process& of, std::uint32_t number, const shard_world& world)
      : of_(of),
        core_(std::make_shared<shard_core>(
            number, world, [this](auto work) { post(std::move(work)); }, outputs_)) {}

  shard_core& core() { return *core_; }

  std::shared_ptr<connection> open(const upgrade_request& asked, peer& client) {
    std::erase_if(connections_, [](const auto& one) { return one->ended(); });
    auto made =
        std::make_shared<connection>(of_.net_, of_.machine_.clock, of_.life_, *this, client);
    connections_.push_back(made);
    made->open(core_->open(*made, asked));
    return made;
  }
  void die() {
    for (const auto& one : connections_) one->process_died();
  }

  // loop_of_connections
  direct_outputs& outputs() override { return outputs_; }
  void flush_after(microseconds delay) override {
    of_.net_.time.after(delay, of_.life_, "a flush", [this] { flush(); });
  }

 private:
  void post(std::function<void()> work) {
    waiting_.push_back(std::move(work));
    of_.net_.time.after(of_.soon(), of_.life_, "a loop turn", [this] {
      const auto next = std::move(waiting_.front());
      waiting_.pop_front();
      next();
      flush();
    });
  }
  void flush() {
    core_->before_flush();
    const auto all = connections_;
    for (const auto& one : all) {
      if (one->is_due()) one->flush();
    }
    const bool more = core_->after_flush();
    for (const auto& one : all) one->take_bytes();
    if (more) flush_after(microseconds{1});
  }

  server_process& of_;
  direct_outputs outputs_;
  std::shared_ptr<shard_core> core_;
  std::vector<std::shared_ptr<connection>> connections_;
  std::deque<std::function<void()>> waiting_;
};

class server_process::scheduled_tasks final : public task_runner {
 public:
  explicit scheduled_tasks(server_process& of) : of_(of), tasks_(of.machine_.clock, {256, 1}) {}
  bool post(task job) override {
    const bool taken = tasks_.post(std::move(job));
    if (taken) {
      of_.net_.time.after(of_.soon(), of_.life_, "a task", [this] { (void)tasks_.run_one(); });
    }
    return taken;
  }

 private:
  server_process& of_;
  manual_tasks tasks_;
};

server_process::server_process(process_setup setup, machine& on, shared_log& log, network& net)
    : setup_(std::move(setup)),
      machine_(on),
      net_(net),
      log_(std::make_unique<process_log>(log, net.time, net.chance, net.faults, life_, setup_.alone,
                                         [this] { wake_fold(); })),
      batches_(log.judge(), log.partitions()) {
  open_fold();
  open_gateway();
  open_clients();
  gateway_->start();
  wake_fold();
  net_.time.after(tick_interval, life_, "a tick", [this] { tick(); });
}

server_process::~server_process() {
  store_->die();
  for (const auto& loop : loops_) loop->die();
  loops_.clear();
}

void server_process::open_fold() {
  fold_service_options options;
  options.views = setup_.views;
  options.read_bytes = setup_.read_bytes;
  auto store = std::make_unique<mortal_store>(machine_.disk);
  store_ = store.get();
  auto opened = make_fold_service(*log_, std::move(store), options);
  if (!opened) fail("a start is refused: ", opened.error().text);
  fold_ = std::move(*opened);
  fold_->subscribe([this](const decided_batch_ptr& batch) { batches_.take(*batch); });
}

void server_process::open_gateway() {
  gateway_options options;
  if (!setup_.gateway.empty()) {
    options.commands.emplace();
    options.commands->gateway = setup_.gateway;
    options.commands->random = [this] { return net_.chance.next(); };
  }
  options.tokens = [this](const std::string& token, auto done) { check_token(token, done); };
  options.has_sessions = setup_.has_sessions;
  gateway_ = std::make_unique<gateway>(std::move(options), *log_, *fold_, machine_.clock);
  gateway_->serve(*this);
}

void server_process::open_clients() {
  options_.epoch = log_->identity().epoch;
  options_.limits = setup_.limits;
  tasks_ = std::make_unique<scheduled_tasks>(*this);
  const shard_world world{
      options_, fold_->lookup(), fold_->history(), gateway_->port(), machine_.clock, *tasks_,
      open_};
  for (std::uint32_t i = 0; i < setup_.shards; ++i) {
    loops_.push_back(std::make_unique<shard_loop>(*this, i, world));
  }
}

// A token is "user/device".
void server_process::check_token(const std::string& token,
                                 const std::function<void(token_answer)>& done) {
  principal who;
  who.user = token.substr(0, token.find('/'));
  who.device = token.substr(token.find('/') + 1);
  who.unlimited = setup_.unlimited;
  net_.time.after(soon(), life_, "a token is checked", [done, who] { done(who); });
}

// ---- clients ----

std::shared_ptr<connection> server_process::connect(const std::string& token, peer& client) {
  if (!takes_clients()) return nullptr;
  upgrade_request asked;
  asked.token = token;
  return loops_[turn_++ % loops_.size()]->open(asked, client);
}

void server_process::publish(const decided_batch_ptr& batch,
                             std::vector<addressed_outcome> answers) {
  std::vector<std::vector<addressed_outcome>> parts(loops_.size());
  for (auto& answer : answers) {
    if (answer.to.shard >= parts.size()) fail("an answer goes to a shard that does not exist");
    parts[answer.to.shard].push_back(std::move(answer));
  }
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    if (batch || !parts[i].empty()) loops_[i]->core().publish(batch, std::move(parts[i]));
  }
}

void server_process::deliver(std::vector<addressed_outcome> answers) {
  if (!answers.empty()) publish(nullptr, std::move(answers));
}

void server_process::on_token(session_key session, token_answer answer) {
  loops_.at(place_of(session))->core().on_token(session, std::move(answer));
}

void server_process::drain(std::chrono::milliseconds after) {
  for (const auto& loop : loops_) loop->core().drain(after);
}

std::size_t server_process::sessions() const {
  std::size_t all = 0;
  for (const auto& loop : loops_) all += loop->core().stats().sessions;
  return all;
}

// ---- time ----

void server_process::wake_fold() {
  if (std::exchange(fold_scheduled_, true)) return;
  net_.time.after(soon(), life_, "a fold step", [this] { step(); });
}

void server_process::step() {
  fold_scheduled_ = false;
  const bool moved = fold_->step();
  batches_.check();
  if (moved) wake_fold();
}

void server_process::tick() {
  gateway_->tick(machine_.clock.steady());
  for (const auto& loop : loops_) loop->core().tick();
  if (!let_in_ && gateway_->prepared()) {
    let_in_ = true;
    gateway_->let_clients_in();
  }
  wake_fold();
  net_.time.after(tick_interval, life_, "a tick", [this] { tick(); });
}

void server_process::stop_for(microseconds time) {
  life_->stopped_until = std::max(life_->stopped_until, net_.time.now() + time);
}

void server_process::drain() {
  if (std::exchange(draining_, true)) return;
  const auto now = machine_.clock.steady();
  gateway_->drain(now, {drain_notice, drain_answers, now + 8s});
}

}  // namespace roomlog::sim
