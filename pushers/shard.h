// One shard: a core with the event loop that drives it, on a thread of its own. It gives the core
// its connections, its time and its turn.
#pragma once

#include <memory>
#include <mutex>

#include "pushers/client_server_stats.h"
#include "pushers/http/http_router.h"
#include "pushers/shard_core.h"
#include "pushers/transport/event_loop.h"
#include "pushers/transport/serve_connection.h"

namespace roomlog {

class shard : public std::enable_shared_from_this<shard> {
 public:
  // `router` is null where nothing is served over HTTP; it outlives the shard.
  shard(std::uint32_t number, const shard_world& world, const http_router* router);
  ~shard();

  // ---- any thread ----
  void start();
  void stop();
  // Its functions for any thread.
  shard_core& core() { return *core_; }
  event_loop& loop() { return *loop_; }
  client_server_stats stats() const;

  // ---- the loop's thread ----
  void accept(accepted_client client);

 private:
  void take_stats();

  // Shared with what the core posts, which may come from a thread that outlives the shard.
  const std::shared_ptr<event_loop> loop_;
  connection_settings settings_;
  const std::shared_ptr<shard_core> core_;

  mutable std::mutex stats_mutex_;
  client_server_stats stats_;
};

}  // namespace roomlog
