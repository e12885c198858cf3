// What the output of a connection asks of the connection. Deliveries and replies need no more, so a
// stream of events that is no session implements this alone.
#pragma once

#include "pushers/queries/read_requests.h"
#include "pushers/session/moment.h"
#include "pushers/transport/direct_outputs.h"

namespace roomlog {

class output_env {
 public:
  virtual ~output_env() = default;

  // For what runs when output is taken, which brings no time.
  virtual moment now() const = 0;
  // There is something to send: output buffer or source.
  virtual void wake() = 0;
  // Answered with a loaded_page, never from within the call.
  virtual void load_page(page_request request) = 0;
  // Of the connection, where events may be sent past it while it is idle.
  virtual output_place place_for_direct() const { return output_place::none; }
};

}  // namespace roomlog
