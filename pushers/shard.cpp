#include "pushers/shard.h"

#include <utility>

namespace roomlog {

namespace {

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
  settings.stall_timeout = options.times.no_progress;
  settings.answer_timeout = options.times.fold_wait;
  settings.trusted_proxies = options.trusted_proxies;
  return settings;
}

}  // namespace

shard::shard(std::uint32_t number, const shard_world& world, const http_router* router)
    : loop_(std::make_shared<event_loop>(world.clock, world.options.times.tick)),
      settings_(make_settings(world.options)),
      core_(std::make_shared<shard_core>(
          number, world, [loop = loop_](auto work) { loop->post(std::move(work)); },
          loop_->direct())) {
  if (world.options.sessions)
    settings_.make_application = [this](connection_link& link, const upgrade_request& asked) {
      return core_->open(link, asked);
    };
  if (router != nullptr)
    settings_.http = [router](http_request request, http_reply reply) {
      router->answer(std::move(request), std::move(reply));
    };
  loop_->each_tick([this] {
    core_->tick();
    take_stats();
  });
  loop_->around_flush([this] { core_->before_flush(); }, [this] { return core_->after_flush(); });
}

shard::~shard() {
  stop();
}

void shard::start() {
  settings_.owner = weak_from_this();
  loop_->start();
}

void shard::stop() {
  loop_->stop();
  take_stats();
}

void shard::accept(accepted_client client) {
  serve_connection(*loop_, settings_, std::move(client));
}

void shard::take_stats() {
  auto s = core_->stats();
  const auto& io = loop_->counters();
  s.connections = loop_->members();
  s.output_bytes = io.output_bytes;
  s.accepted_total = io.accepted;
  s.bytes_sent_total = io.bytes_sent + loop_->direct().bytes_sent();
  s.sends_total = io.sends + loop_->direct().sends();
  s.sends_short_total = io.sends_short;
  s.flushes_cut_total = io.flushes_cut;
  s.closes_total = io.closes;
  s.http_requests_total = io.http_requests;
  s.http_timeouts_total = io.http_timeouts;
  s.http_streams = io.http_streams;
  s.http_responses_total = io.http_responses;
  const std::lock_guard lock(stats_mutex_);
  s.taken_total = stats_.taken_total + 1;
  stats_ = s;
}

client_server_stats shard::stats() const {
  const std::lock_guard lock(stats_mutex_);
  return stats_;
}

}  // namespace roomlog
