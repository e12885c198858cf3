// Who wants to hear that the end of one partition has moved.
#pragma once

#include "log/base/listeners.h"
#include "log/log.h"

namespace roomlog {

using followers = listeners<follow_handle>;

}  // namespace roomlog
