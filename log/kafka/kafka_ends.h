// Finds out where partitions end now, for whoever must know that nothing is missing. Questions that
// come while one is asked wait, and go out together.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "log/kafka/kafka_client.h"

namespace roomlog {

// Thread-safe. `client` and the topic outlive it.
class kafka_ends {
 public:
  using asker = std::function<void(result<offset>)>;

  kafka_ends(rd_kafka_t* client, std::string topic);
  ~kafka_ends() { stop(); }

  // `done` is called once, on this object's thread; with errc::unavailable where the partition's
  // leader does not answer within some seconds, errc::closed after stop().
  void ask(partition_id partition, asker done);
  // What waits, and what comes, is answered with errc::closed. Does not wait; idempotent.
  void begin_stop();
  // The same, and no call follows. Idempotent.
  void stop();

 private:
  using questions = std::map<partition_id, std::vector<asker>>;
  void run();
  void answer(questions asked);

  rd_kafka_t* const client_;
  const std::string topic_;
  std::mutex mutex_;
  std::condition_variable asked_;
  questions waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace roomlog
