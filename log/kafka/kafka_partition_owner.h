// What the parts of the Kafka engine tell of a partition, for the engine to act on.
#pragma once

#include <librdkafka/rdkafka.h>

#include "log/kafka/kafka_partition.h"

namespace roomlog {

// From any thread, without a lock of the caller's. Must not block.
class kafka_partition_owner {
 public:
  virtual ~kafka_partition_owner() = default;
  // A broker refuses reads or appends there: to be looked into.
  virtual void on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) = 0;
  // The same of an answer that need not be an error of a broker: it is not counted as one.
  virtual void look_into(kafka_partition& partition, rd_kafka_resp_err_t code) = 0;
  // What waiting does not mend: nothing is read beyond its end any more. Only the first reason
  // counts.
  virtual void stop_partition(kafka_partition& partition, const error& why) = 0;
};

}  // namespace roomlog
