#include "tests/ingress/pipeline_world.h"

#include <gtest/gtest.h>

#include <thread>

#include "log/append_queue.h"
#include "log/partitioner.h"
#include "schemas/protocol/command_parser.h"
#include "schemas/records/codec.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
constexpr auto patience = 20s;

}  // namespace

void lift_user_limits(ingress_options& options) {
  options.user_per_second = options.user_per_minute = 0;
  options.user_commands_per_second = options.user_commands_per_minute = 0;
  options.user_append_bytes = 0;
  options.user_invites_per_minute = 0;
}

std::string room_in(std::uint32_t partition, std::uint32_t partitions) {
  for (int n = 0;; ++n) {
    auto room = "r" + std::to_string(n);
    if (partition_of("default/" + room, partitions).value == partition) return room;
  }
}

principal user(std::string_view name) {
  principal made;
  made.user = name;
  return made;
}

event_command parse(std::string_view json) {
  auto parsed = parse_command(json);
  if (const auto* refusal = std::get_if<command_refusal>(&parsed)) {
    ADD_FAILURE() << json << ": " << refusal->error.message;
    return {};
  }
  return std::get<event_command>(std::get<command>(parsed));
}

const command_ack& ack_of(const command_outcome& outcome) {
  if (const auto* ack = std::get_if<command_ack>(&outcome)) return *ack;
  ADD_FAILURE() << kind_of(outcome) << ": " << std::get<client_error>(outcome).message;
  static const command_ack none;
  return none;
}

std::string kind_of(const command_outcome& outcome) {
  if (const auto* ack = std::get_if<command_ack>(&outcome)) {
    return ack->duplicate ? "duplicate" : "ack";
  }
  return to_string(std::get<client_error>(outcome).code);
}

void unruly_log::set_fate(std::function<append_fate(const std::vector<append_entry>&)> f) {
  const std::lock_guard lock(mutex_);
  fate = std::move(f);
}

void unruly_log::set_partition_fate(std::function<append_fate(partition_id)> f) {
  const std::lock_guard lock(mutex_);
  partition_fate_ = std::move(f);
}

result<> unruly_log::append(partition_id partition, std::vector<append_entry> entries,
                            append_handler done) {
  const std::lock_guard lock(mutex_);
  const auto by_partition = partition_fate_ ? partition_fate_(partition) : append_fate::pass;
  switch (fate ? fate(entries) : by_partition) {
    case append_fate::pass:
      break;
    case append_fate::lose:
      return {};
    case append_fate::hold:
      held_.push_back({partition, std::move(entries), std::move(done)});
      return {};
    case append_fate::refuse_full:
      return error{errc::full, "full by test"};
    case append_fate::report_unknown:
      done = [done = std::move(done)](const append_result&) {
        done(error{errc::unknown_outcome, "unknown by test"});
      };
      break;
    case append_fate::fail_unwritten:
      std::thread([done = std::move(done)] {
        done(error{errc::unavailable, "unavailable by test"});
      }).join();
      return {};
  }
  for (const auto& entry : entries) appended_commands_ += !entry.key.empty();
  return base().append(partition, std::move(entries), std::move(done));
}

void unruly_log::release(bool in_order) {
  const std::lock_guard lock(mutex_);
  fate = nullptr;
  if (!in_order) std::reverse(held_.begin(), held_.end());
  for (auto& held : held_) {
    for (const auto& entry : held.entries) appended_commands_ += !entry.key.empty();
    EXPECT_TRUE(base().append(held.partition, std::move(held.entries), std::move(held.done)));
  }
  held_.clear();
}

append_load unruly_log::load(partition_id partition) const {
  const std::lock_guard lock(mutex_);
  append_load now = base().load(partition);
  now.partition_bytes = 0;
  for (const auto& held : held_) {
    const std::size_t bytes = queued_size(held.entries);
    now.bytes += bytes;
    if (held.partition == partition) now.partition_bytes += bytes;
  }
  return now;
}

std::size_t unruly_log::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

std::size_t unruly_log::appended_commands() const {
  const std::lock_guard lock(mutex_);
  return appended_commands_;
}

void collected_answers::deliver(std::vector<addressed_outcome> answers) {
  const std::lock_guard lock(mutex_);
  std::move(answers.begin(), answers.end(), std::back_inserter(answers_));
  came_.notify_all();
}

std::vector<addressed_outcome> collected_answers::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(came_.wait_for(lock, patience, [&] { return answers_.size() >= count; }))
      << answers_.size() << " of " << count << " answers came";
  return answers_;
}

command_outcome collected_answers::wait_for(const command_id& id) {
  std::unique_lock lock(mutex_);
  const addressed_outcome* found = nullptr;
  const bool came = came_.wait_for(lock, patience, [&] {
    for (const auto& a : answers_) {
      if (a.id == id) found = &a;
    }
    return found != nullptr;
  });
  if (came) return found->outcome;
  ADD_FAILURE() << "no answer to " << id;
  return make_client_error(error_code::internal, "no answer");
}

void collected_answers::wait_for_more(std::size_t count, std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, at_most, [&] { return answers_.size() > count; });
}

std::size_t collected_answers::count() const {
  const std::lock_guard lock(mutex_);
  return answers_.size();
}

std::size_t collected_answers::count(const command_id& id) const {
  const std::lock_guard lock(mutex_);
  std::size_t found = 0;
  for (const auto& a : answers_) found += a.id == id;
  return found;
}

namespace {

gateway_options commands_only(const ingress_options& commands) {
  gateway_options out;
  out.commands = commands;
  return out;
}

}  // namespace

test_gateway::test_gateway(const ingress_options& options, log& events, fold_service& fold,
                           const clock_source& clock)
    : clock_(clock), gateway_(commands_only(options), events, fold, clock) {
  gateway_.serve(answers_);
  gateway_.let_clients_in();
}

bool test_gateway::wait_ready() {
  return eventually([&] {
    tick();
    return in().ready();
  });
}

world::world(const world_options& options) {
  memory_log_options made;
  made.wanted.partitions = options.partitions;
  made.codec = &descriptor_codec();
  made.clock = &clock_;
  made.append_queue_bytes_max = options.append_queue_bytes_max;
  made.on_write = options.on_write;
  auto opened = open_memory_log(made);
  if (!opened) throw std::runtime_error(opened.error().text);
  log_ = std::make_unique<unruly_log>(std::move(*opened));
  fold_service_options folding;
  folding.views.clear();
  fold_ = std::make_unique<unruly_fold_service>(make_memory_fold_service(*log_, folding));
  fold_->subscribe([this](const decided_batch_ptr&) { wait_while_paused(); });
}

void world::wait_while_paused() {
  std::unique_lock lock(pause_mutex_);
  resumed_.wait(lock, [this] { return !paused_; });
}

void world::pause_fold() {
  const std::lock_guard lock(pause_mutex_);
  paused_ = true;
}

void world::resume_fold() {
  const std::lock_guard lock(pause_mutex_);
  paused_ = false;
  resumed_.notify_all();
}

world::~world() {
  resume_fold();
  fold_->stop();
  log_->close();
}

void world::add_gateway(ingress_options options) {
  if (options.gateway.empty()) options.gateway = "gw-" + std::to_string(gateways_.size());
  gateways_.push_back(std::make_unique<test_gateway>(options, *log_, *fold_, clock_));
}

void world::start() {
  fold_->start();
  for (const auto& g : gateways_) g->start();
}

void world::wait_folded() {
  EXPECT_TRUE(eventually([&] {
    for (std::uint32_t p = 0; p < log_->partitions(); ++p) {
      if (fold().position(partition_id{p}) < log_->bounds(partition_id{p}).end) return false;
    }
    return log_->bytes_being_written() == 0;
  }));
}

std::optional<command_outcome> world::send(std::string_view json, const principal& who,
                                           std::uint64_t connection, std::size_t gateway) {
  return gw(gateway).in().submit({0, connection}, who, parse(json));
}

std::optional<command_outcome> world::send(std::string_view json, const char* name,
                                           std::uint64_t connection, std::size_t gateway) {
  return send(json, user(name), connection, gateway);
}

command_outcome world::ask(std::string_view json, const char* name, std::uint64_t connection,
                           std::size_t gateway) {
  if (auto now = send(json, name, connection, gateway)) return *now;
  return gw(gateway).wait_answer(parse(json).id);
}

}  // namespace roomlog::testing
