// librdkafka's C API behind owning handles, and the one place where its configuration is made: the
// values that roomlog's promises rest on, what the operator passes through, and nothing of that
// which is secret in any message.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"
#include "log/kafka/kafka_options.h"

namespace roomlog {

template <auto Destroy>
struct kafka_deleter {
  template <class T>
  void operator()(T* owned) const {
    Destroy(owned);
  }
};
// A consumer that was started partition by partition has no group to leave.
void destroy_kafka_client(rd_kafka_t* client);

// Everything that came from a client is destroyed before it, or destroying it hangs.
using kafka_client = std::unique_ptr<rd_kafka_t, kafka_deleter<destroy_kafka_client>>;
using kafka_topic = std::unique_ptr<rd_kafka_topic_t, kafka_deleter<rd_kafka_topic_destroy>>;
using kafka_queue = std::unique_ptr<rd_kafka_queue_t, kafka_deleter<rd_kafka_queue_destroy>>;
using kafka_event = std::unique_ptr<rd_kafka_event_t, kafka_deleter<rd_kafka_event_destroy>>;
using kafka_message = std::unique_ptr<rd_kafka_message_t, kafka_deleter<rd_kafka_message_destroy>>;
using kafka_config = std::unique_ptr<rd_kafka_conf_t, kafka_deleter<rd_kafka_conf_destroy>>;
using kafka_headers = std::unique_ptr<rd_kafka_headers_t, kafka_deleter<rd_kafka_headers_destroy>>;
using kafka_partition_list = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                             kafka_deleter<rd_kafka_topic_partition_list_destroy>>;
using kafka_metadata =
    std::unique_ptr<const rd_kafka_metadata_t, kafka_deleter<rd_kafka_metadata_destroy>>;

// What a client is for; each has settings of its own.
enum class kafka_role {
  producer,  // appends
  tail,      // follows the ends of partitions
  reader,    // reads older records in order
  admin,     // asks about and makes topics
  signal_producer,
  signal_tail,  // follows the end of the topic of signals
};

// What a client reports of itself; called on threads of librdkafka and in its polls. Must not
// block.
class kafka_observer {
 public:
  virtual ~kafka_observer() = default;
  // A broker that cannot be reached, all brokers down, a fatal error …; librdkafka goes on trying
  // unless `code` is RD_KAFKA_RESP_ERR__FATAL.
  virtual void on_client_error(rd_kafka_resp_err_t code, std::string_view text) = 0;
};

// A client with the settings of its role. `observer` may be null; it outlives the client. What
// librdkafka says of connections goes to the diagnostics, area "kafka".
//   errc::invalid  a protected property, one that librdkafka does not know, a value that it
//                  refuses, or one of TLS or SASL where security.protocol uses neither; names the
//                  property, and the value only where it is no secret
result<kafka_client> make_kafka_client(const kafka_connection& to, kafka_role role,
                                       kafka_observer* observer = nullptr);

// "Broker: Topic authorization failed (TOPIC_AUTHORIZATION_FAILED)".
std::string describe_kafka_error(rd_kafka_resp_err_t code);
// Brokers refuse this user by authorization: a right has to be granted.
bool is_missing_kafka_right(rd_kafka_resp_err_t code);
// What librdkafka gets over by itself, given brokers and time.
bool is_passing_kafka_error(rd_kafka_resp_err_t code);

// One record of a queue, or null after `wait`: for queues of consumers only.
inline kafka_message take_kafka_message(rd_kafka_queue_t* from, std::chrono::milliseconds wait) {
  return kafka_message(rd_kafka_consume_queue(from, static_cast<int>(wait.count())));
}

}  // namespace roomlog
