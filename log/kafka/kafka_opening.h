// The opening of a log on Kafka, with the examination of its topic as a parameter.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/identity.h"
#include "log/kafka/kafka_finding.h"
#include "log/kafka/kafka_options.h"
#include "log/log.h"

namespace roomlog {

// What open_kafka_log() does; tests on librdkafka's mock brokers, which have no administrative
// calls, bring an examination of their own.
using kafka_topic_examiner = std::function<result<std::vector<kafka_finding>>(
    const kafka_connection&, const std::string&, std::chrono::milliseconds)>;
result<std::unique_ptr<log>> open_kafka_engine(const kafka_log_options& options,
                                               const identity_request& wanted,
                                               const identity_codec& codec,
                                               const clock_source& clock,
                                               const kafka_topic_examiner& examine);

}  // namespace roomlog
