#include "pushers/client_server.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "pushers/http/http_admission.h"
#include "pushers/http/http_queries.h"
#include "pushers/http/http_router.h"
#include "pushers/http/request_outcomes.h"
#include "pushers/shard.h"
#include "pushers/task_threads.h"
#include "pushers/transport/client_address.h"
#include "pushers/transport/listener.h"

namespace roomlog {

class client_server::impl {
 public:
  impl(client_server_options options_in, fold_lookup& fold, history_source& history,
       command_port& port, const clock_source& clock)
      : options(std::move(options_in)),
        shares({options.limits.connections_max, options.limits.connections_told_max,
                options.limits.connections_per_user_max}),
        readers(std::max(1u, options.reader_threads), clock, options.limits.user_reads_waiting_max),
        admission(options, port, clock),
        queries(options.limits, fold, history, port, admission, readers) {
    if (options.http_queries) queries.add_to(router);
    const shard_world world{options, fold, history, port, clock, readers, open};
    const auto* routes = options.http_queries ? &router : nullptr;
    for (std::uint32_t i = 0; i < std::max(1u, options.shards); ++i)
      shards.push_back(std::make_shared<shard>(i, world, routes));
  }

  shard* shard_of_session(session_key key) {
    const auto number = place_of(key);
    return number < shards.size() ? shards[number].get() : nullptr;
  }

  // Gives requests and every shard their part of the answers, and the batch to all shards.
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes) {
    requests.take_from(outcomes);
    if (shards.size() == 1) return shards.front()->core().publish(batch, std::move(outcomes));
    std::vector<std::vector<addressed_outcome>> parts(shards.size());
    for (auto& outcome : outcomes)
      if (outcome.to.shard < parts.size()) parts[outcome.to.shard].push_back(std::move(outcome));
    for (std::size_t i = 0; i < shards.size(); ++i)
      if (batch || !parts[i].empty()) shards[i]->core().publish(batch, std::move(parts[i]));
  }

  // On the listener's loop, which is the first shard's.
  void take(int socket, const ip_address& peer) {
    // What a proxy says of its client comes with the request.
    const bool proxied = is_within(peer, options.trusted_proxies);
    accepted_client client{socket, peer,
                           shares.enter(proxied ? std::nullopt : std::optional(peer))};
    if (!client.place) return turn_away(socket);
    const auto& to = shards[turn++ % shards.size()];
    if (to == shards.front()) return to->accept(std::move(client));
    to->loop().post([to, client = std::move(client)] { to->accept(client); });
  }

  const client_server_options options;
  connection_shares shares;
  open_sessions open;
  task_threads readers;
  http_admission admission;
  http_queries queries;
  request_outcomes requests;
  http_router router{"There is no such path"};
  std::vector<std::shared_ptr<shard>> shards;
  std::size_t turn = 0;
  std::unique_ptr<listener> listening;
  std::uint16_t port = 0;
  bool stopped = false;
};

client_server::client_server(client_server_options options, fold_lookup& fold,
                             history_source& history, command_port& port, const clock_source& clock)
    : impl_(std::make_unique<impl>(std::move(options), fold, history, port, clock)) {}

client_server::~client_server() {
  stop();
}

result<> client_server::start() {
  auto opened = listener::open(
      impl_->options.host, impl_->options.port, impl_->shards.front()->loop(),
      [made = impl_.get()](int socket, const ip_address& peer) { made->take(socket, peer); });
  if (!opened) return opened.error();
  impl_->listening = std::move(*opened);
  impl_->port = impl_->listening->port();
  for (const auto& shard : impl_->shards) shard->start();
  return {};
}

std::uint16_t client_server::port() const {
  return impl_->port;
}

void client_server::publish(const decided_batch_ptr& batch,
                            std::vector<addressed_outcome> outcomes) {
  impl_->publish(batch, std::move(outcomes));
}

void client_server::deliver(std::vector<addressed_outcome> outcomes) {
  if (!outcomes.empty()) impl_->publish(nullptr, std::move(outcomes));
}

void client_server::on_token(session_key session, token_answer verdict) {
  if (auto* shard = impl_->shard_of_session(session))
    shard->core().on_token(session, std::move(verdict));
}

void client_server::drain(std::chrono::milliseconds after) {
  for (const auto& shard : impl_->shards) shard->core().drain(after);
}

client_server_stats client_server::stats() const {
  client_server_stats sum;
  auto taken = std::numeric_limits<std::uint64_t>::max();
  for (const auto& shard : impl_->shards) {
    const auto part = shard->stats();
    taken = std::min(taken, part.taken_total);
    sum += part;
  }
  sum.taken_total = taken;
  const auto reads = impl_->readers.stats();
  sum.reads_waiting = reads.waiting;
  sum.reads_refused_total = reads.refused;
  sum.reads_dropped_total = reads.dropped;
  const auto shared = impl_->shares.stats();
  sum.overloaded_total = shared.told;
  sum.turned_away_total = shared.turned_away;
  sum.over_address_total = shared.over_address;
  sum.over_user_total = shared.over_user;
  sum.without_token = shared.without_token;
  sum.http_in_flight = impl_->admission.in_flight();
  sum.http_overloaded_total = impl_->admission.overloaded();
  sum.http_rate_limited_total = impl_->queries.rate_limited();
  sum.query_pages_cut_total += impl_->queries.pages_cut();
  return sum;
}

void client_server::stop(std::chrono::milliseconds at_most, std::uint16_t code) {
  if (std::exchange(impl_->stopped, true)) return;
  if (impl_->listening) {
    impl_->listening->close();
    for (const auto& shard : impl_->shards) shard->core().close_all(code);
    (void)impl_->open.wait_for_none(at_most);  // the others are cut
  }
  impl_->readers.stop();
  for (const auto& shard : impl_->shards) shard->stop();
  impl_->listening.reset();
}

}  // namespace roomlog
