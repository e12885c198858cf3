// A shard without its event loop: the inbox, the rooms that its connections are subscribed to, and
// a session for each connection. It has no socket, no timer and no thread; it is told what happened
// and, by the clock that it is given, what time it is. A `shard` drives it with a loop; tests and
// simulations drive it by hand.
//
//   any thread ── publish, on_token, answer … ───► post ──► the core's thread: sessions, rooms
//   transport  ── open(), then the application ───────────►
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "log/base/clock.h"
#include "projections/fold/decided.h"
#include "projections/queries/history_source.h"
#include "pushers/answer_key.h"
#include "pushers/client_server_options.h"
#include "pushers/client_server_stats.h"
#include "pushers/rooms/room_hub.h"
#include "pushers/session/open_sessions.h"
#include "pushers/session/session.h"
#include "pushers/shard_inbox.h"
#include "pushers/task_runner.h"
#include "pushers/transport/connection_application.h"

namespace roomlog {

class session_host;

// What the shards share; outlives them.
struct shard_world {
  const client_server_options& options;
  fold_lookup& fold;
  history_source& history;
  command_port& port;
  const clock_source& clock;
  task_runner& readers;
  open_sessions& open;
};

// Runs work later on the core's thread, never from within the call; or drops it, at the end. To be
// called from any thread.
using post_function = std::function<void(std::function<void()> work)>;

// Held by a shared_ptr, since answers that come late find out so that it is gone.
class shard_core : public std::enable_shared_from_this<shard_core> {
 public:
  // `outputs`, which outlive it, are those of its connections.
  shard_core(std::uint32_t number, const shard_world& world, post_function post,
             direct_outputs& outputs);

  // ---- any thread ----
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes);
  void on_token(session_key key, token_answer verdict);
  // What a session asked for, behind what was posted before; dropped when it is gone.
  void answer(session_key key, session_answer answer);
  void drain(std::chrono::milliseconds after);
  // Closes every session, and those that come later.
  void close_all(std::uint16_t code);

  // ---- the core's thread ----
  // What runs on a connection that was upgraded.
  std::unique_ptr<connection_application> open(connection_link& link, const upgrade_request& asked);
  // Now and then.
  void tick();
  // When what was done is to be sent: before the connections that were woken send, and after it.
  // The second is true where it has more for the next time.
  void before_flush() { rooms_.direct().prepare(); }
  bool after_flush() { return rooms_.direct().run(); }
  // All but the transport's.
  client_server_stats stats() const;

  // ---- the sessions' ----
  moment now() const { return {world_.clock.steady(), world_.clock.now()}; }
  session_context& context() { return context_; }
  const shard_world& world() const { return world_; }
  session_key add(session_host& host);
  void remove(session_key key);

 private:
  void empty_inbox();
  template <class Call>
  void with_session(session_key key, Call call);
  // Runs call(*this) on the core's thread, unless the core is gone by then.
  template <class Call>
  void post(Call call);

  const std::uint32_t number_;
  const shard_world world_;
  const post_function post_;
  shard_inbox inbox_;
  room_hub rooms_;
  session_counters counters_;
  session_context context_;
  std::unordered_map<session_key, session_host*> hosts_;
  std::uint64_t last_key_ = 0;
  bool closing_ = false;
  bool resync_due_ = false;
  std::uint16_t close_code_ = 0;
};

}  // namespace roomlog
