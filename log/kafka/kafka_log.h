// The log on Apache Kafka: one topic, its partitions, through librdkafka's C API. Any number of
// processes append to it and read it; none of them knows of the others.
//
//   append ─► queue (bound in bytes) ─► idempotent producer ─► broker ─► fetch ─► tail ─► readers
//                                            └ delivery report ┐           └ own record read back
//                                                              └────────── and ──► handler
//
// An append is answered when its delivery report is in **and** its records were read back, so what
// is answered is visible here. A fatal error of the producer answers what is outstanding with
// errc::unknown_outcome and makes a new producer: whoever appends takes a new fence, as after any
// doubt (ingress/lane.h). failure() is set only by what waiting cannot mend.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/base/clock.h"
#include "log/identity.h"
#include "log/log.h"

namespace roomlog {

// Where the brokers are and how they are spoken to; the same for log, topics and doctor.
struct kafka_connection {
  std::string brokers;  // HOST:PORT, comma separated
  // Passed through to librdkafka as they are: TLS, SASL, tuning. Names that roomlog's promises rest
  // on (acks, enable.idempotence, auto.offset.reset …) are refused with errc::invalid.
  std::vector<std::pair<std::string, std::string>> properties;
};

struct kafka_log_options {
  kafka_connection connection;
  std::string topic = "roomlog.events";
  // Takes topics below replication factor 3 and min.insync.replicas 2, with a warning.
  bool allow_unsafe_topic = false;
  std::size_t append_queue_bytes_max = std::size_t{64} << 20;
  std::size_t tail_bytes_per_partition = std::size_t{4} << 20;
  // The partitions whose end is followed; all where empty. Others can be read, and their bounds are
  // those of the opening.
  std::vector<partition_id> followed;
  // What every record carries as Kafka headers, besides the trace context of those that have one,
  // for tools and other readers; the log reads none.
  std::vector<std::pair<std::string, std::string>> headers{
      {"content-type", "application/x-roomlog-flatbuffers"}, {"schema", "RLG1"}};
  // How long the opening waits for the brokers.
  std::chrono::milliseconds open_wait{10'000};
};

// Opens the topic, which exists (see log/kafka/kafka_topics.h), and checks that it is fit to be a
// log. Blocks until the end of every partition is known, or open_wait is over: partitions that
// nobody leads by then are not open (log::is_open) and are opened later, as long as another one is
// led. `codec` and `clock` outlive the log.
//   errc::unavailable  no broker answers within open_wait, or nobody leads any partition
//   errc::not_found    no such topic; says which command makes it
//   errc::mismatch     other partitions or another format version than asked for, or a topic or
//                      broker setting that the promise does not hold with; names setting and value
//   errc::damaged      partitions disagree about their log
//   errc::invalid      options out of range, a protected property, one that librdkafka refuses
result<std::unique_ptr<log>> open_kafka_log(const kafka_log_options& options,
                                            const identity_request& wanted,
                                            const identity_codec& codec, const clock_source& clock);

// The log as it is when the call is made, for a look from outside: nothing is written, also not to
// an empty topic, and the topic need not be fit to be appended to. Appends are refused with
// errc::closed; nothing is followed; every partition must have a leader. Errors as above, and
// errc::not_found where the log is empty.
result<std::unique_ptr<log>> open_kafka_log_for_reading(const kafka_log_options& options,
                                                        const identity_codec& codec,
                                                        const clock_source& clock);

}  // namespace roomlog
