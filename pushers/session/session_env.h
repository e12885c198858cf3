// What a session asks of the world around it. The session itself has no socket, no clock and no
// thread; its host implements this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/types.h"
#include "pushers/queries/read_requests.h"
#include "pushers/session/command_port.h"
#include "pushers/session/output_env.h"
#include "pushers/transport/peer_progress.h"

namespace roomlog {

class session_env : public output_env {
 public:
  // As in command_port.
  virtual void verify_token(std::string token) = 0;
  virtual std::optional<command_outcome> submit(const principal& who, event_command command) = 0;
  virtual std::optional<client_error> admit_read(const principal& who) = 0;

  // Answered by session::on_answer(), never from within the call; as load_page() is. False: this
  // user has too much waiting, there will be no answer.
  // Sees to it that on_tick() is called at the query's deadline.
  virtual bool run_query(view_query query) = 0;
  virtual bool find_cursor(cursor_request request) = 0;
  // Answered when the fold has decided what the log held in all of `behind` when this was called;
  // never where the log does not answer.
  virtual void wait_level(const std::vector<partition_id>& behind, std::uint64_t ticket) = 0;
  // Answered when the other connections of the loop had their turn.
  virtual void next_turn() = 0;

  // Sends what is in the output buffer, then a close frame. The session gets no input after it.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  // Cuts the connection without a word: the peer is gone.
  virtual void abort() = 0;
  virtual peer_progress progress() = 0;
};

}  // namespace roomlog
