// Finds out where partitions end now, for callers that must know that nothing is missing. Each leader is
// asked on a thread of its own; questions to one that come while it is asked wait, and go out
// together.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_lanes.h"

namespace roomlog {

// Thread-safe. `client` outlives it.
class kafka_ends {
 public:
  using asker = std::function<void(result<offset>)>;

  kafka_ends(rd_kafka_t* client, std::string topic);
  ~kafka_ends() { stop(); }

  // `leader` is who leads the partition as far as is known: whose silence it may have to wait for.
  // `done` is called once, on a thread of this object; with errc::unavailable where the leader does
  // not answer within some seconds, errc::closed after begin_stop().
  void ask(partition_id partition, std::int32_t leader, asker done);
  // What waits, and what comes, is answered with errc::closed, on the calling thread. Does not wait
  // for brokers; idempotent.
  void begin_stop();
  // The same, and no call follows. Idempotent.
  void stop();

 private:
  using questions = std::map<partition_id, std::vector<asker>>;
  void answer(std::int32_t leader);

  rd_kafka_t* const client_;
  const std::string topic_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::map<std::int32_t, questions> waiting_;  // by leader; one that is here has a job to come
  kafka_lanes lanes_{"kafka-ends"};
};

}  // namespace roomlog
