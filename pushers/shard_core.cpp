#include "pushers/shard_core.h"

#include <utility>

#include "log/base/planted_bug.h"
#include "pushers/session/session_host.h"
#include "schemas/protocol/close_codes.h"

namespace roomlog {

namespace {

constexpr std::uint32_t retry_after_ms = 1'000;

// For the connection that is one too many.
class overloaded_application final : public connection_application {
 public:
  explicit overloaded_application(connection_link& link) : link_(link) {}
  void on_open() override {
    link_.close(close_codes::overloaded, close_codes::retry_reason(retry_after_ms));
  }
  void on_message(ws_opcode, std::string_view) override {}
  bool takes_binary() const override { return true; }
  bool wants_input() const override { return false; }
  output_source* source() override { return nullptr; }

 private:
  connection_link& link_;
};

}  // namespace

shard_core::shard_core(std::uint32_t number, const shard_world& world, post_function post,
                       direct_outputs& outputs)
    : number_(number),
      world_(world),
      post_(std::move(post)),
      inbox_(world.options.limits.inbox_bytes_max),
      rooms_(world.options.limits, outputs),
      context_{world.options.epoch,
               world.options.limits,
               world.options.times,
               world.fold,
               rooms_,
               counters_} {}

// ---- sessions ----

std::unique_ptr<connection_application> shard_core::open(connection_link& link,
                                                         const upgrade_request& asked) {
  if (asked.overloaded) return std::make_unique<overloaded_application>(link);
  world_.open.enter();
  return std::make_unique<session_host>(*this, link, asked);
}

session_key shard_core::add(session_host& host) {
  const session_key key = make_answer_key(number_, ++last_key_);
  hosts_.emplace(key, &host);
  if (closing_) close_all(close_code_);
  return key;
}

void shard_core::remove(session_key key) {
  hosts_.erase(key);
  world_.open.leave();
}

template <class Call>
void shard_core::with_session(session_key key, Call call) {
  const auto found = hosts_.find(key);
  if (found == hosts_.end()) return;  // gone meanwhile
  call(found->second->of());
  found->second->settle();
}

template <class Call>
void shard_core::post(Call call) {
  post_([weak = weak_from_this(), call = std::move(call)] {
    if (const auto self = weak.lock()) call(*self);
  });
}

// ---- what other threads say ----

void shard_core::publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes) {
  if (!inbox_.put(batch, std::move(outcomes))) return;
  post([](shard_core& self) { self.empty_inbox(); });
}

void shard_core::empty_inbox() {
  const auto taken = inbox_.take();
  for (const auto& item : taken.items) {
    // The answers first: an ack suppresses the push of the sender's own event.
    for (const auto& answer : item.outcomes)
      with_session(answer.to.connection, [&](session& s) { s.on_outcome(answer, now()); });
    if (item.batch) rooms_.publish(*item.batch);
  }
  if (taken.gap && !planted("resync_forgotten")) resync_due_ = !rooms_.resync(world_.fold);
}

void shard_core::on_token(session_key key, token_answer verdict) {
  post([key, verdict = std::move(verdict)](shard_core& self) {
    const auto found = self.hosts_.find(key);
    if (found != self.hosts_.end()) found->second->on_token(verdict);
  });
}

void shard_core::answer(session_key key, session_answer answer) {
  post([key, answer = std::move(answer)](shard_core& self) {
    self.with_session(key, [&](session& s) { s.on_answer(answer, self.now()); });
  });
}

void shard_core::drain(std::chrono::milliseconds after) {
  post([after](shard_core& self) {
    for (const auto& [key, host] : self.hosts_) host->of().on_drain(after);
  });
}

void shard_core::close_all(std::uint16_t code) {
  post([code](shard_core& self) {
    self.closing_ = true;
    self.close_code_ = code;
    for (const auto& [key, host] : self.hosts_) host->close_with(code);
  });
}

// ---- time and figures ----

void shard_core::tick() {
  if (resync_due_) resync_due_ = !rooms_.resync(world_.fold);
}

client_server_stats shard_core::stats() const {
  client_server_stats s;
  s.sessions = counters_.sessions;
  s.subscriptions = counters_.subscriptions;
  s.rooms = rooms_.rooms();
  s.room_tail_bytes = rooms_.tail_bytes();
  s.commands_in_flight = counters_.commands_in_flight;
  s.commands_total = counters_.commands;
  s.error_frames_total = counters_.refusals;
  s.events_framed_total = rooms_.counters().events_framed;
  s.events_delivered_total = counters_.events_delivered + rooms_.direct().events_delivered();
  s.pages_total = counters_.pages;
  s.page_errors_total = counters_.page_errors;
  s.query_pages_cut_total = counters_.query_pages_cut;
  s.queries_waited_total = counters_.queries_waited;
  s.query_deadlines_total = counters_.query_deadlines;
  s.turns_cut_total = counters_.turns_cut;
  s.lost_ranges_total = counters_.lost_ranges;
  s.held_for_commands_total = counters_.held_for_commands;
  s.held_for_queries_total = counters_.held_for_queries;
  s.held_for_output_total = counters_.held_for_output;
  s.ping_timeouts_total = counters_.ping_timeouts;
  const auto inbox = inbox_.stats();
  s.inbox_bytes = inbox.bytes;
  s.inbox_dropped_total = inbox.dropped;
  return s;
}

}  // namespace roomlog
