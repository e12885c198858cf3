// What a session does with each command of its client. Stateless: made where it is needed.
#pragma once

#include <optional>
#include <string_view>

#include "pushers/session/session_parts.h"

namespace roomlog {

class session_commands {
 public:
  session_commands(session_parts& session, moment now) : session_(session), now_(now) {}

  // One JSON object. The end of the session, where it has to end.
  std::optional<session_end> take(std::string_view json);
  // The answer to a command that went to the port.
  void answer(const addressed_outcome& outcome);

 private:
  void dispatch(command& what);
  void run(auth_command& what);
  void run(refresh_command& what);
  void run(ping_command& what);
  void run(options_command& what);
  void run(unsubscribe_command& what);
  void run(event_command& what);
  template <is_read Read>
  void run(Read& what);
  void say_ok(const command_id& id);

  session_parts& session_;
  const moment now_;
};

}  // namespace roomlog
