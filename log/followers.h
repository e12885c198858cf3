// Who wants to hear that the end of one partition has moved.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "log/log.h"

namespace roomlog {

// Thread-safe. A notification may add followers and may drop others, only not its own. Handles may
// outlive this object.
class followers {
 public:
  followers();

  std::unique_ptr<follow_handle> add(std::function<void()> on_end);
  // Calls every follower once, in the order of adding, on the calling thread.
  void notify();

 private:
  class registry;
  class handle;
  std::shared_ptr<registry> registry_;
};

}  // namespace roomlog
