// A log in memory that can be told to misbehave, the real fold, and gateways on it: the world of
// the pipeline's tests. Threads are real, time is by hand.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "app/serve/gateway.h"
#include "log/log_wrapper.h"
#include "log/memory_log.h"
#include "projections/worker/fold_service.h"
#include "tests/ingress/unruly_fold.h"
#include "tests/ingress/unruly_fold_service.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {

// What becomes of one append() call.
enum class append_fate {
  pass,
  lose,            // taken, and never heard of again
  hold,            // taken, and written when released
  refuse_full,     // as log::append() refuses
  report_unknown,  // written, and yet reported as unknown_outcome
  fail_unwritten,  // not written, and reported as unavailable
};

// Thread-safe. Passes everything on but what `fate` says.
class unruly_log final : public log_wrapper {
 public:
  using log_wrapper::log_wrapper;

  // Called under this object's lock with each append.
  std::function<append_fate(const std::vector<append_entry>&)> fate;
  void set_fate(std::function<append_fate(const std::vector<append_entry>&)> f);
  // The same by partition; asked where the other is not set.
  void set_partition_fate(std::function<append_fate(partition_id)> f);
  // Writes what is held, in order or the other way round; from then on everything passes.
  void release(bool in_order = true);
  std::size_t held() const;
  std::size_t bytes_being_written() const { return base().load(partition_id{0}).bytes; }
  // Records that reached the log under the key of a room.
  std::size_t appended_commands() const;

  result<> append(partition_id partition, std::vector<append_entry> entries,
                  append_handler done) override;
  // The bytes of what is held count as well, each for its partition, as in a log that writes
  // partitions apart.
  append_load load(partition_id partition) const override;

 private:
  struct held_append {
    partition_id partition;
    std::vector<append_entry> entries;
    append_handler done;
  };
  mutable std::mutex mutex_;
  std::function<append_fate(partition_id)> partition_fate_;
  std::deque<held_append> held_;
  std::size_t appended_commands_ = 0;
};

// The answers that a gateway gave later, in their order. Thread-safe.
class collected_answers final : public client_delivery {
 public:
  void publish(const decided_batch_ptr&, std::vector<addressed_outcome> answers) override {
    deliver(std::move(answers));
  }
  void deliver(std::vector<addressed_outcome> answers) override;
  void on_token(session_key, token_answer) override {}
  void drain(std::chrono::milliseconds) override {}
  std::size_t sessions() const override { return 0; }

  // Waits until there are at least `count`; all of them.
  std::vector<addressed_outcome> wait_for(std::size_t count);
  // The answer with this id; does not tick. Fails the test after some seconds.
  command_outcome wait_for(const command_id& id);
  // Until there are more than `count`, or so much time has passed.
  void wait_for_more(std::size_t count, std::chrono::milliseconds at_most);
  std::size_t count() const;
  std::size_t count(const command_id& id) const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<addressed_outcome> answers_;
};

// The server's gateway, with its answers collected.
class test_gateway {
 public:
  // Subscribes to the fold.
  test_gateway(const ingress_options& options, log& events, fold_service& fold,
               const clock_source& clock);
  void start() { gateway_.start(); }
  void tick() { gateway_.tick(clock_.steady()); }

  ingress& in() { return *gateway_.commands(); }
  // Waits for readiness, ticking.
  bool wait_ready();
  std::vector<addressed_outcome> wait_answers(std::size_t count) {
    return answers_.wait_for(count);
  }
  command_outcome wait_answer(const command_id& id) { return answers_.wait_for(id); }
  std::size_t answers() const { return answers_.count(); }
  void wait_for_more(std::size_t count, std::chrono::milliseconds at_most) {
    answers_.wait_for_more(count, at_most);
  }
  std::size_t answers_to(const command_id& id) const { return answers_.count(id); }

 private:
  const clock_source& clock_;
  collected_answers answers_;
  gateway gateway_;
};

struct world_options {
  std::uint32_t partitions = 1;
  std::size_t append_queue_bytes_max = std::size_t{64} << 20;
  std::function<result<>(std::size_t)> on_write;
};

class world {
 public:
  explicit world(const world_options& options = {});
  ~world();
  // Before start(). The first one is gw(0).
  void add_gateway(ingress_options options = {});
  void start();
  test_gateway& gw(std::size_t i = 0) { return *gateways_[i]; }
  unruly_log& events() { return *log_; }
  fold_lookup& fold() { return fold_->inner().lookup(); }
  // What the gateways ask.
  unruly_fold& unread() { return fold_->unruly(); }
  manual_clock_source& clock() { return clock_; }
  void wait_folded();
  // Stops the fold behind the batch that it is about to publish, until resume_fold().
  void pause_fold();
  void resume_fold();

  // A command from JSON text, sent by `who` on a connection.
  std::optional<command_outcome> send(std::string_view json, const principal& who,
                                      std::uint64_t connection = 1, std::size_t gateway = 0);
  std::optional<command_outcome> send(std::string_view json, const char* user,
                                      std::uint64_t connection = 1, std::size_t gateway = 0);
  // The answer, now or later; the JSON must have an id that is not used again.
  command_outcome ask(std::string_view json, const char* user, std::uint64_t connection = 1,
                      std::size_t gateway = 0);

 private:
  void wait_while_paused();

  std::mutex pause_mutex_;
  std::condition_variable resumed_;
  bool paused_ = false;
  manual_clock_source clock_;
  std::unique_ptr<unruly_log> log_;
  std::unique_ptr<unruly_fold_service> fold_;
  std::vector<std::unique_ptr<test_gateway>> gateways_;
};

// No rates and no budgets of users.
void lift_user_limits(ingress_options& options);
// A room whose events are in this partition.
std::string room_in(std::uint32_t partition, std::uint32_t partitions);
principal user(std::string_view name);
event_command parse(std::string_view json);

const command_ack& ack_of(const command_outcome& outcome);
// The code's name, "ack" or "duplicate".
std::string kind_of(const command_outcome& outcome);

}  // namespace roomlog::testing
