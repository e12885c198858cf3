// What a session asks of the world around it. The session itself
// has no socket, no clock and no thread; whoever hosts it implements this.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"
#include "log/base/types.h"
#include "pushers/queries/read_requests.h"
#include "pushers/session/command_port.h"
#include "pushers/transport/peer_progress.h"

namespace roomlog {

// Both kinds of time at one instant.
struct moment {
  std::chrono::microseconds steady{};  // never goes back; for timeouts
  timestamp wall;                      // what people see; for tokens
};

class session_env {
 public:
  virtual ~session_env() = default;

  // For what runs when output is taken, which brings no time.
  virtual moment now() const = 0;

  // As in command_port.
  virtual void verify_token(std::string token) = 0;
  virtual std::optional<command_outcome> submit(const principal& who, event_command command) = 0;

  // As in command_port.
  virtual std::optional<client_error> admit_read(const principal& who) = 0;

  // Answered by session::on_page(), on_query_answer(), on_cursor() and on_level(), never from
  // within the call. False: this user has too much waiting, there will be no answer.
  virtual void load_page(page_request request) = 0;
  // Sees to it that on_tick() is called at the query's deadline.
  virtual bool run_query(view_query query) = 0;
  virtual bool find_cursor(cursor_request request) = 0;
  // Answered when the fold has decided what the log held in all of `behind` when this was called;
  // never where the log does not answer.
  virtual void wait_level(const std::vector<partition_id>& behind, std::uint64_t ticket) = 0;

  // Calls session::on_turn() when the other connections of the loop had their turn.
  virtual void next_turn() = 0;
  // There is something to send: output buffer or source.
  virtual void wake() = 0;
  // Sends what is in the output buffer, then a close frame. The session gets no input after it.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  // Cuts the connection without a word: the peer is gone.
  virtual void abort() = 0;
  virtual peer_progress progress() = 0;
};

}  // namespace roomlog
