// One shard: an event loop, the rooms its connections are subscribed to, and a session for each
// connection. Other threads reach it through its inbox and by post().
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/base/clock.h"
#include "projections/fold/decided.h"
#include "projections/queries/history_reader.h"
#include "pushers/client_server_options.h"
#include "pushers/client_server_stats.h"
#include "pushers/http/http_router.h"
#include "pushers/rooms/room_hub.h"
#include "pushers/session/open_sessions.h"
#include "pushers/session/session.h"
#include "pushers/task_runner.h"
#include "pushers/transport/event_loop.h"
#include "pushers/transport/serve_connection.h"

namespace roomlog {

class session_host;

// What the shards share.
struct shard_world {
  const client_server_options& options;
  fold_reader& fold;
  history_reader& history;
  command_port& port;
  const clock_source& clock;
  task_runner& readers;
  open_sessions& open;
  const http_router* router;  // null: nothing is served over HTTP
};

class shard : public std::enable_shared_from_this<shard> {
 public:
  shard(std::uint32_t number, const shard_world& world);
  ~shard();

  // ---- any thread ----
  void start();
  void stop();
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes);
  void on_token(session_key key, token_verdict verdict);
  // What a session asked for; dropped when it is gone.
  void answer(session_key key, session_answer answer);
  void drain(std::chrono::milliseconds after);
  // Closes every session, and those that come later.
  void close_all(std::uint16_t code);
  client_server_stats stats() const;
  event_loop& loop() { return loop_; }

  // ---- the loop's thread ----
  void accept(accepted_client client);
  moment now() const { return {world_.clock.steady(), world_.clock.now()}; }
  session_context& context() { return context_; }
  const shard_world& world() const { return world_; }
  session_key add(session_host& host);
  void remove(session_key key);

 private:
  struct inbox_item {
    decided_batch_ptr batch;  // may be null
    std::vector<addressed_outcome> outcomes;
  };

  std::unique_ptr<connection_application> make_application(connection_link& link,
                                                           const upgrade_request& asked);
  void empty_inbox();
  void take_stats();
  template <class Call>
  void with_session(session_key key, Call call);
  // Runs call(*this) on the loop's thread, unless the shard is gone by then.
  template <class Call>
  void post(Call call);

  const std::uint32_t number_;
  const shard_world world_;
  event_loop loop_;
  connection_settings settings_;
  room_hub rooms_;
  session_counters counters_;
  session_context context_;
  std::unordered_map<session_key, session_host*> hosts_;
  std::uint64_t last_key_ = 0;
  bool closing_ = false;
  bool resync_due_ = false;
  std::uint16_t close_code_ = 0;

  mutable std::mutex inbox_mutex_;
  std::vector<inbox_item> inbox_;
  std::size_t inbox_bytes_ = 0;
  std::uint64_t inbox_dropped_ = 0;
  bool inbox_posted_ = false, inbox_gap_ = false;

  mutable std::mutex stats_mutex_;
  client_server_stats stats_;
};

}  // namespace roomlog
