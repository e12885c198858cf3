// One WebSocket connection from both ends: the server's application on the one, a client on the
// other, and between them a network that delays, stalls, falls silent and is cut.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pushers/transport/connection_application.h"
#include "tests/sim/faults.h"
#include "tests/sim/schedule.h"
#include "tests/sim/wire.h"

namespace roomlog::sim {

// The client's end.
class peer {
 public:
  virtual ~peer() = default;
  // For the trace.
  virtual std::string name() const = 0;
  // One JSON object.
  virtual void on_object(std::string_view json) = 0;
  // The connection has ended; 0: without a close frame.
  virtual void on_end(unsigned code) = 0;
};

// What connections need of their world; outlives them.
struct network {
  schedule& time;
  random_source& chance;
  const fault_rates& faults;
};

// The loop that a connection lives on; outlives it.
class loop_of_connections {
 public:
  virtual ~loop_of_connections() = default;
  virtual direct_outputs& outputs() = 0;
  // Connections that are due are flushed then, or before.
  virtual void flush_after(microseconds delay) = 0;
};

// Owned by its process. Everything that it does later is bound to the life of its process, except
// what is on its way to the client.
class connection final : public connection_link, public std::enable_shared_from_this<connection> {
 public:
  connection(network& in, const clock_source& clock, life_ptr process, loop_of_connections& loop,
             peer& client);
  ~connection() override;
  // Gives it the server's application.
  void open(std::unique_ptr<connection_application> app);

  // ---- the client's ----
  void send(std::string text);
  // The client is gone; the server is told at once, or finds out.
  void cut();
  void fall_silent();
  // Reads only so much from now on, every now and then.
  void read_slowly();
  void read_as_usual() { slow_ = false; }
  // The server's process has died; the client finds out.
  void process_died();

  bool ended() const { return app_ == nullptr; }

  // ---- the loop's ----
  bool is_due() const { return app_ && woken_ && not_before_ <= in_.time.now(); }
  void flush();
  // What was sent to the client is on its way.
  void take_bytes();

 private:
  // connection_link
  output_buffer& output() override { return out_; }
  void wake() override;
  void input_wanted() override;
  void call_at(microseconds due) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override;
  peer_progress progress() override;
  output_place place_for_direct() const override { return place_; }

  template <class Call>
  void later(microseconds delay, std::string_view what, Call call);
  void stall();
  void arrive(std::string text);
  void take_input();
  void answer_ping();
  void end(unsigned code);

  network& in_;
  const clock_source& clock_;
  const std::weak_ptr<process_life> process_;
  loop_of_connections& loop_;
  peer* client_;
  wire socket_;
  output_place place_;
  std::unique_ptr<connection_application> app_;
  output_buffer out_;
  frame_reader frames_;
  std::deque<std::string> arrived_;                // and not taken by the application yet
  microseconds last_arrival_{}, last_delivery_{};  // frames keep their order
  microseconds timer_ = microseconds::max();
  microseconds not_before_{};  // of the next flush
  bool silent_ = false, slow_ = false, woken_ = false, taking_ = false;
  std::optional<unsigned> closing_;
  microseconds stalled_since_{};
  bool stalled_ = false;
};

}  // namespace roomlog::sim
