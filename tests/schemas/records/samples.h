// One event of each body, signals and contents, with every field of the envelope used
// somewhere. The golden corpus of a version is made of these; later versions add samples and change
// none.
#pragma once

#include <string>
#include <vector>

#include "schemas/records/event.h"
#include "schemas/records/signal.h"

namespace roomlog::testing {

// What `value` borrows from lives for the whole program.
template <class Value>
struct sample {
  std::string name;
  Value value;
};

std::vector<sample<event>> sample_events();
std::vector<sample<room_signal>> sample_signals();
std::vector<sample<message_content>> sample_message_contents();
std::vector<sample<room_content>> sample_room_contents();

// An event of a user in room "default/general", without facts and content.
event user_event();

}  // namespace roomlog::testing
