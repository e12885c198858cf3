// The log on Apache Kafka: one topic, its partitions, through librdkafka's C API. Any number of
// processes append to it and read it; none of them knows of the others.
//
//   append ─► queue (bound in bytes) ─► idempotent producer ─► broker ─► fetch ─► tail ─► readers
//                                            └ delivery report ┐           └ own record read back
//                                                              └────────── and ──► handler
//
// An append is answered when its delivery report is in **and** its records were read back, so what
// is answered is visible here. A fatal error of the producer answers what is outstanding with
// errc::unknown_outcome and makes a new producer: its user takes a new fence, as after any
// doubt (ingress/lane.h). failure() is set only by what waiting cannot mend.
#pragma once

#include <memory>

#include "log/base/clock.h"
#include "log/identity.h"
#include "log/kafka/kafka_options.h"
#include "log/log.h"

namespace roomlog {

// Opens the topic, which exists (see log/kafka/kafka_topics.h), and checks that it is fit to be a
// log. Blocks until the end of every partition is known, or open_wait is over: partitions that
// have no leader by then are not open (log::is_open) and are opened later, as long as another one is
// led. `codec` and `clock` outlive the log.
//   errc::unavailable  no broker answers within open_wait, or no partition has a leader
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
