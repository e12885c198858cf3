// One server process: every part that its roles need, made in order, connected, watched and taken
// down in order.
//
//   data directory ─► keys ─► log ─► fold ─► gateway ─► client server ─► admin listener
//
// What the gateway connects, the server gives threads, sockets and the time.
//   roles:  ingress   commands are taken; without it sessions answer them with `unavailable`
//           pusher    sessions on the client listener; without it that serves HTTP only
//           projector nothing of its own: it says that this process is there for its views
//
// The owner's thread calls everything here; the admin listener and the fold's threads run beside
// it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/serve/admin_server.h"
#include "app/serve/data_directory.h"
#include "app/serve/descriptor_plan.h"
#include "app/serve/gateway.h"
#include "app/serve/metrics.h"
#include "app/serve/readiness.h"
#include "app/serve/server_rules.h"
#include "app/serve/token_gate.h"
#include "ingress/auth/keyring.h"
#include "pushers/client_server.h"
#include "pushers/task_threads.h"

namespace roomlog {

class server {
 public:
  using deadline = std::chrono::steady_clock::time_point;

  // Everything that can be refused, up to the stores and the admin listener; clients are not let in
  // yet. The error's code says which exit code it is.
  static result<std::unique_ptr<server>> open(const config& from,
                                              const descriptor_plan& descriptors);
  // Takes down what is still up, without a drain.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // Folds what the log holds and fences the partitions; returns at once.
  void start();
  // Whether start() is through: clients may be let in.
  bool prepared() const { return gateway_->prepared(); }
  // Takes clients from then on. errc::unavailable names the address that could not be had.
  result<> listen();
  // "ready http://… ws://… admin http://…", without what the roles do not serve.
  std::string ready_line() const;

  // Every 100 ms: answers what is past its time and writes what went wrong as diagnostics.
  void tick();
  // Reads the files of keys and of prohibited words again, as they are named by the configuration
  // of the start. What is bad in one leaves that one as it was; one line of diagnostics says which.
  // Connections stay, also those whose token was signed with a key that has gone.
  void reload();
  // Why this process has to end (gateway::fatal).
  std::optional<error> fatal() const { return gateway_->fatal(); }

  // In words: "is ready", with what is not as it should be all the same, or what keeps it from
  // that.
  std::string state() const;

  // Not ready first, drain frames, then in-flight sends, then sessions and stores. Done before
  // `until`, as far as it is in its hands.
  void drain(deadline until);

 private:
  server(const config& from, const descriptor_plan& descriptors)
      : config_(from), descriptors_(descriptors), roles_(roles_of(from)) {}
  result<> open_keys();
  result<> reload_keys();
  result<> reload_words();
  result<std::unique_ptr<log>> make_log() const;
  result<> open_log();
  result<> open_fold();
  result<> open_gateway();
  result<> open_clients();
  result<> open_admin();
  void stop_all(std::chrono::milliseconds close_wait);
  bool log_failed() const { return !events_->failure().empty(); }

  std::vector<component_state> components() const;
  metrics_snapshot snapshot() const;
  std::vector<admin_path> admin_paths() const;

  const config config_;
  const descriptor_plan descriptors_;
  const server_roles roles_;
  const system_clock_source clock_;
  std::optional<data_directory> directory_;
  std::unique_ptr<token_verifier> verifier_;
  std::unique_ptr<task_threads> token_checks_;
  std::unique_ptr<token_gate> tokens_;
  std::unique_ptr<log> events_;
  std::unique_ptr<fold_service> fold_;
  std::unique_ptr<gateway> gateway_;
  std::unique_ptr<client_server> clients_;
  std::unique_ptr<client_delivery> delivery_;  // from the gateway to the clients
  std::unique_ptr<admin_server> admin_;
  std::atomic<std::uint64_t> reloads_done_{0}, reloads_refused_{0};  // of keys and of words
  std::vector<std::string> reported_;  // failures that stand in the diagnostics already
  std::atomic<bool> listening_{false};
  std::atomic<bool> draining_{false};
};

}  // namespace roomlog
