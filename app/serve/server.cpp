#include "app/serve/server.h"

#include <algorithm>
#include <thread>

#include "app/commands/serve_options.h"
#include "app/commands/version_command.h"
#include "app/config/setting_value.h"
#include "ingress/commands/content_filter.h"
#include "log/base/diagnostics.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto tick_interval = 20ms;
// Verdicts that come at the last moment still reach their clients.
constexpr auto settling = 50ms;
// Kept back from the drain's time for closing the stores.
constexpr auto closing_reserve = 500ms;

std::chrono::milliseconds until(server::deadline when) {
  return std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(when - steady::now()));
}

// A gateway's answers and batches to the client server.
class delivery_to final : public client_delivery {
 public:
  explicit delivery_to(client_server& clients) : clients_(clients) {}
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> answers) override {
    clients_.publish(batch, std::move(answers));
  }
  void deliver(std::vector<addressed_outcome> answers) override {
    clients_.deliver(std::move(answers));
  }
  void on_token(session_key session, token_answer verdict) override {
    clients_.on_token(session, std::move(verdict));
  }
  void drain(std::chrono::milliseconds after) override { clients_.drain(after); }
  std::size_t sessions() const override { return clients_.stats().sessions; }

 private:
  client_server& clients_;
};

}  // namespace

result<std::unique_ptr<server>> server::open(const config& from,
                                             const descriptor_plan& descriptors) {
  const auto shortage = descriptors.shortage(from.limits.connections);
  if (!shortage.empty()) diagnostics::warn("server", shortage);
  std::unique_ptr<server> made(new server(from, descriptors));
  for (const auto step : {&server::open_keys, &server::open_log, &server::open_fold,
                          &server::open_gateway, &server::open_clients, &server::open_admin}) {
    if (auto opened = (made.get()->*step)(); !opened) return opened.error();
  }
  return made;
}

server::~server() {
  stop_all(0ms);
}

result<> server::open_keys() {
  auto directory = data_directory::open(config_.data.dir);
  if (!directory) return directory.error();
  directory_ = *directory;
  for (const std::string& note : directory_->notes()) diagnostics::warn("server", note);
  auto keys = keyring::load(key_sources_of(config_), own_secret::create);
  if (!keys) {
    // Whatever is wrong with a key file, it is a setting that named it.
    return error{errc::invalid, keys.error().text};
  }
  for (const std::string& note : keys->notes()) diagnostics::warn("auth", note);
  verifier_ = std::make_unique<token_verifier>(keys->keys(), token_rules_of(config_));
  token_checks_ = std::make_unique<task_threads>(config_.auth.threads, clock_);
  tokens_ =
      std::make_unique<token_gate>(*verifier_, clock_, *token_checks_, config_.limits.token_checks);
  return {};
}

result<std::unique_ptr<log>> server::make_log() const {
  switch (config_.log.engine) {
    case log_engine::memory: {
      memory_log_options options = memory_log_options_of(config_);
      options.clock = &clock_;
      return open_memory_log(options);
    }
    case log_engine::kafka: {
      kafka_log_options options = kafka_log_options_of(config_);
      options.followed = share_of(config_);
      return open_kafka_log(options, identity_request_of(config_), descriptor_codec(), clock_);
    }
    case log_engine::embedded:
      break;
  }
  embedded_log_options options = embedded_log_options_of(config_);
  options.files_max = descriptors_.files_per_store;
  return open_embedded_log(directory_->log(), options, identity_request_of(config_),
                           descriptor_codec(), clock_);
}

result<> server::open_log() {
  auto opened = make_log();
  if (!opened) return opened.error();
  events_ = std::move(*opened);
  return {};
}

result<> server::open_fold() {
  for (const partition_id p : share_of(config_)) {
    if (p.value < events_->partitions()) continue;
    return error{errc::mismatch, "fold.partitions = \"" +
                                     text_of(*find_setting("fold.partitions"), config_) +
                                     "\": the log's partitions are 0 to " +
                                     std::to_string(events_->partitions() - 1)};
  }
  fold_service_options options = fold_options_of(config_);
  options.files_max = descriptors_.files_per_store;
  if (config_.log.engine == log_engine::memory) {
    fold_ = make_memory_fold_service(*events_, options);
  } else {
    auto fold = open_fold_service(*events_, directory_->state(), options);
    if (!fold) return fold.error();
    fold_ = std::move(*fold);
  }
  return {};
}

result<> server::open_gateway() {
  gateway_options options;
  if (roles_.ingress) {
    const std::string& named = config_.server.gateway_id;
    auto commands = ingress_options_of(config_, named.empty() ? directory_->gateway_id() : named);
    if (!commands) return error{errc::invalid, commands.error().text};
    options.commands = std::move(*commands);
  }
  options.user_reads_per_second = config_.limits.user_reads_per_second;
  options.tokens = [this](std::string token, std::function<void(token_answer)> done) {
    tokens_->check(std::move(token), std::move(done));
  };
  options.has_sessions = roles_.pusher;
  options.ready_lag = config_.server.ready_lag;
  options.log_silence_max = config_.kafka.not_ready_after;
  gateway_ = std::make_unique<gateway>(std::move(options), *events_, *fold_, clock_);
  return {};
}

result<> server::open_clients() {
  auto options = client_server_options_of(config_, events_->identity().epoch);
  options.sessions = roles_.pusher;
  options.limits.connections_max = descriptors_.connections;
  options.limits.connections_told_max = descriptors_.connections_told;
  clients_ = std::make_unique<client_server>(std::move(options), fold_->lookup(), fold_->history(),
                                             gateway_->port(), clock_);
  delivery_ = std::make_unique<delivery_to>(*clients_);
  gateway_->serve(*delivery_);
  return {};
}

result<> server::open_admin() {
  auto started = admin_server::start({config_.server.admin_listen, descriptors_.admin_connections},
                                     admin_paths());
  if (!started) return started.error();
  admin_ = std::move(*started);
  return {};
}

void server::start() {
  fold_->start();
  gateway_->start();
}

result<> server::listen() {
  gateway_->let_clients_in();  // the first one may be answered before start() returns
  if (auto started = clients_->start(); !started) {
    return error{errc::unavailable, "server.listen: " + started.error().text};
  }
  listening_ = true;
  return {};
}

std::string server::ready_line() const {
  endpoint where = config_.server.listen;
  where.port = clients_->port();
  const std::string address = to_string(reachable(where));
  std::string line = "ready http://" + address;
  if (roles_.pusher) line += " ws://" + address + "/v1/ws";
  return line + " admin http://" + to_string(reachable(admin_->where()));
}

void server::tick() {
  gateway_->tick(clock_.steady());
  for (const component_state& component : components()) {
    // What may pass is said by /readyz only.
    if (component.trouble.empty() || component.lasting == component_state::lasts::no) continue;
    if (std::ranges::find(reported_, component.trouble) != reported_.end()) continue;
    reported_.push_back(component.trouble);
    diagnostics::error(component.name, component.trouble);
  }
}

result<> server::reload_keys() {
  auto keys = keyring::load(key_sources_of(config_), own_secret::create);
  if (!keys) return keys.error();
  for (const std::string& note : keys->notes()) diagnostics::warn("auth", note);
  verifier_->replace_keys(keys->keys());
  diagnostics::info(
      "auth", "the keys were read again; " + std::to_string(keys->keys().size()) + " are in force");
  return {};
}

result<> server::reload_words() {
  const auto file = config_.content.prohibited_words_file;
  ingress* const commands = gateway_->commands();
  if (file.empty() || commands == nullptr) return {};
  const auto words = load_word_list(file);
  if (!words) return words.error();
  commands->replace_prohibited_words(*words);
  diagnostics::info("content", "the prohibited words were read again; " +
                                   std::to_string(words->size()) + " are in force");
  return {};
}

void server::reload() {
  const auto count = [this](const result<>& read, const char* area, const char* what) {
    ++(read ? reloads_done_ : reloads_refused_);
    if (read) return;
    diagnostics::error(area,
                       std::string("the ") + what +
                           " could not be read again and stay as they were: " + read.error().text);
  };
  count(reload_keys(), "auth", "keys");
  count(reload_words(), "content", "prohibited words");
}

void server::drain(deadline end) {
  draining_ = true;
  drain_times times;
  if (listening_) times.notice = std::min(config_.server.drain_notice, until(end) / 2);
  times.answers_max = config_.limits.ack_timeout + settling;
  times.answers_end = clock_.steady() + until(end) - closing_reserve;
  gateway_->drain(clock_.steady(), times);
  while (!gateway_->drained() && steady::now() < end) {
    tick();
    std::this_thread::sleep_for(tick_interval);
  }
  stop_all(std::max(100ms, std::min(config_.server.close_wait, until(end) - closing_reserve)));
}

// From the outside in; each part's callers are gone before it is.
void server::stop_all(std::chrono::milliseconds close_wait) {
  draining_ = true;
  if (clients_) clients_->stop(close_wait);
  if (token_checks_) token_checks_->stop();
  if (fold_) fold_->stop();
  if (events_) events_->close();
  if (admin_) admin_->stop();
}

}  // namespace roomlog
