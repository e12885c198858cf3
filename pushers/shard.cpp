#include "pushers/shard.h"

#include <utility>

#include "pushers/session/session_host.h"
#include "schemas/protocol/close_codes.h"

namespace roomlog {

namespace {

constexpr std::string_view overloaded_reason = R"({"retry_after_ms":1000})";

// For the connection that is one too many.
class overloaded_application final : public connection_application {
 public:
  explicit overloaded_application(connection_link& link) : link_(link) {}
  void on_open() override { link_.close(close_codes::overloaded, overloaded_reason); }
  void on_message(ws_opcode, std::string_view) override {}
  bool takes_binary() const override { return true; }
  bool wants_input() const override { return false; }
  output_source* source() override { return nullptr; }

 private:
  connection_link& link_;
};

connection_settings make_settings(const client_server_options& options) {
  connection_settings settings;
  settings.paths = {"/v1/ws", "/ws"};
  settings.protocol = "roomlog.v1.json";
  settings.message_bytes_max = options.limits.frame_bytes_max;
  settings.output_bytes_max = options.limits.output_bytes_max;
  settings.flush_bytes_max = options.limits.flush_bytes_max;
  settings.head_bytes_max = options.limits.http_head_bytes_max;
  settings.kernel_unsent_bytes = options.limits.kernel_unsent_bytes;
  settings.head_timeout = options.times.http_head;
  settings.close_wait = options.times.close_wait;
  settings.answer_timeout = options.times.fold_wait;
  settings.trusted_proxies = options.trusted_proxies;
  return settings;
}

}  // namespace

shard::shard(std::uint32_t number, const shard_world& world)
    : number_(number),
      world_(world),
      loop_(world.clock, world.options.times.tick),
      settings_(make_settings(world.options)),
      rooms_(world.options.limits),
      context_{world.options.epoch,
               world.options.limits,
               world.options.times,
               world.fold,
               rooms_,
               counters_} {
  if (world_.options.sessions)
    settings_.make_application = [this](connection_link& link, const upgrade_request& asked) {
      return make_application(link, asked);
    };
  if (const auto* router = world_.router)
    settings_.http = [router](http_request request, http_reply reply) {
      router->answer(std::move(request), std::move(reply));
    };
  loop_.each_tick([this] {
    if (resync_due_) resync_due_ = !rooms_.resync(world_.fold);
    take_stats();
  });
}

shard::~shard() {
  stop();
}

void shard::start() {
  settings_.owner = weak_from_this();
  loop_.start();
}

void shard::stop() {
  loop_.stop();
  take_stats();
}

// ---- connections ----

void shard::accept(accepted_client client) {
  serve_connection(loop_, settings_, std::move(client));
}

std::unique_ptr<connection_application> shard::make_application(connection_link& link,
                                                                const upgrade_request& asked) {
  if (asked.overloaded) return std::make_unique<overloaded_application>(link);
  world_.open.enter();
  return std::make_unique<session_host>(*this, link, asked);
}

session_key shard::add(session_host& host) {
  const session_key key = std::uint64_t{number_} << 48 | ++last_key_;
  hosts_.emplace(key, &host);
  if (closing_) close_all(close_code_);
  return key;
}

void shard::remove(session_key key) {
  hosts_.erase(key);
  world_.open.leave();
}

template <class Call>
void shard::with_session(session_key key, Call call) {
  const auto found = hosts_.find(key);
  if (found == hosts_.end()) return;  // gone meanwhile
  call(found->second->of());
  found->second->settle();
}

template <class Call>
void shard::post(Call call) {
  loop_.post([weak = weak_from_this(), call = std::move(call)] {
    if (const auto self = weak.lock()) call(*self);
  });
}

// ---- what other threads say ----

void shard::publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes) {
  const std::lock_guard lock(inbox_mutex_);
  const auto bytes = batch ? batch->bytes() : 0;
  const bool fits = inbox_bytes_ + bytes <= world_.options.limits.inbox_bytes_max;
  if (!fits) {
    inbox_gap_ = true;
    ++inbox_dropped_;
  } else {
    inbox_bytes_ += bytes;
  }
  if (fits || !outcomes.empty()) inbox_.push_back({fits ? batch : nullptr, std::move(outcomes)});
  if (std::exchange(inbox_posted_, true)) return;
  post([](shard& self) { self.empty_inbox(); });
}

void shard::empty_inbox() {
  std::vector<inbox_item> items;
  bool gap = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    items.swap(inbox_);
    inbox_bytes_ = 0;
    inbox_posted_ = false;
    gap = std::exchange(inbox_gap_, false);
  }
  for (const auto& item : items) {
    // The answers first: an ack suppresses the push of the sender's own event.
    for (const auto& answer : item.outcomes)
      with_session(answer.to.connection, [&](session& s) { s.on_outcome(answer, now()); });
    if (item.batch) rooms_.publish(*item.batch);
  }
  if (gap) resync_due_ = !rooms_.resync(world_.fold);
}

void shard::on_token(session_key key, token_verdict verdict) {
  post([key, verdict = std::move(verdict)](shard& self) {
    const auto found = self.hosts_.find(key);
    if (found != self.hosts_.end()) found->second->on_token(verdict);
  });
}

void shard::answer(session_key key, session_answer answer) {
  post([key, answer = std::move(answer)](shard& self) {
    self.with_session(key, [&](session& s) { s.on_answer(answer, self.now()); });
  });
}

void shard::drain(std::chrono::milliseconds after) {
  post([after](shard& self) {
    for (const auto& [key, host] : self.hosts_) host->of().on_drain(after);
  });
}

void shard::close_all(std::uint16_t code) {
  post([code](shard& self) {
    self.closing_ = true;
    self.close_code_ = code;
    for (const auto& [key, host] : self.hosts_) host->close_with(code);
  });
}

// ---- figures ----

void shard::take_stats() {
  client_server_stats s;
  const auto& io = loop_.counters();
  s.connections = loop_.members();
  s.sessions = counters_.sessions;
  s.subscriptions = counters_.subscriptions;
  s.rooms = rooms_.rooms();
  s.ring_bytes = rooms_.tail_bytes();
  s.output_bytes = io.output_bytes;
  s.commands_in_flight = counters_.commands_in_flight;
  s.accepted_total = io.accepted;
  s.commands_total = counters_.commands;
  s.error_frames_total = counters_.refusals;
  s.events_framed_total = rooms_.counters().events_framed;
  s.events_delivered_total = counters_.events_delivered;
  s.bytes_sent_total = io.bytes_sent;
  s.sends_total = io.sends;
  s.sends_short_total = io.sends_short;
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
  s.flushes_cut_total = io.flushes_cut;
  s.closes_total = io.closes;
  s.http_requests_total = io.http_requests;
  s.http_timeouts_total = io.http_timeouts;
  s.http_responses_total = io.http_responses;
  {
    const std::lock_guard lock(inbox_mutex_);
    s.inbox_bytes = inbox_bytes_;
    s.inbox_dropped_total = inbox_dropped_;
  }
  const std::lock_guard lock(stats_mutex_);
  s.taken_total = stats_.taken_total + 1;
  stats_ = s;
}

client_server_stats shard::stats() const {
  const std::lock_guard lock(stats_mutex_);
  return stats_;
}

}  // namespace roomlog
