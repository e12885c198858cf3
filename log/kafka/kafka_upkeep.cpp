#include "log/kafka/kafka_upkeep.h"

#include <pthread.h>

namespace roomlog {

void kafka_upkeep::start() {
  thread_ = std::thread([this] { run(); });
}

void kafka_upkeep::wake() {
  {
    const std::lock_guard lock(mutex_);
    called_ = true;
  }
  wanted_.notify_one();
}

void kafka_upkeep::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_one();
}

void kafka_upkeep::stop() {
  begin_stop();
  if (thread_.joinable()) thread_.join();
}

void kafka_upkeep::run() {
  pthread_setname_np(pthread_self(), "kafka-upkeep");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wanted_.wait_for(lock, tick_, [&] { return called_ || stopping_; });
      if (stopping_) return;
      called_ = false;
    }
    look_();
  }
}

}  // namespace roomlog
