// The thread that looks after a Kafka log: now and then, and when it is called.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace roomlog {

// Thread-safe. start() once; stop() before what `look` uses is gone.
class kafka_upkeep {
 public:
  // `look` waits for no broker: what does is asked on the threads of kafka_questions. It is called
  // every `tick`, and when wake() is.
  explicit kafka_upkeep(std::function<void()> look,
                        std::chrono::milliseconds tick = std::chrono::milliseconds(250))
      : look_(std::move(look)), tick_(tick) {}
  ~kafka_upkeep() { stop(); }

  // The first look is at once.
  void start();
  // A look follows soon.
  void wake();
  void begin_stop();
  void stop();

 private:
  void run();

  const std::function<void()> look_;
  const std::chrono::milliseconds tick_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  bool called_ = true, stopping_ = false;
  std::thread thread_;
};

}  // namespace roomlog
