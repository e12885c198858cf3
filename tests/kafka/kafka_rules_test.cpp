// What is made of what brokers say of themselves; no broker is needed.
#include "log/kafka/kafka_rules.h"

#include <gtest/gtest.h>

namespace roomlog {
namespace {

using grade = kafka_finding::grade;
const kafka_mender mend({.brokers = "b:9092", .properties = {}});

TEST(kafka_rules, version_is_the_default_whatever_it_is_set_to) {
  kafka_settings zookeeper;
  zookeeper.values["inter.broker.protocol.version"] = "3.4";
  zookeeper.standards["inter.broker.protocol.version"] = "3.9-IV0";
  EXPECT_EQ(kafka_version_of(zookeeper), "3.9");
  kafka_settings later;
  later.values["process.roles"] = "broker";
  EXPECT_EQ(kafka_version_of(later), "4.0 or later");
  EXPECT_EQ(kafka_version_of({}), "");  // some other server that speaks the protocol
}

TEST(kafka_rules, brokers_of_3_7_and_later_are_good) {
  const auto judged = [](const char* version) {
    kafka_settings told;
    told.standards["inter.broker.protocol.version"] = version;
    return judge_kafka_broker(2, told, mend).is;
  };
  EXPECT_EQ(judged("3.6-IV2"), grade::wrong);
  EXPECT_EQ(judged("2.8-IV1"), grade::wrong);
  EXPECT_EQ(judged("3.7-IV4"), grade::good);
  EXPECT_EQ(judged("3.10"), grade::good);
  EXPECT_EQ(judged("odd"), grade::unsafe);
}

TEST(kafka_rules, a_broker_that_is_away_is_unknown_and_one_that_refuses_unsafe) {
  EXPECT_EQ(judge_kafka_broker(2, error{errc::unavailable, "away"}, mend).is, grade::unknown);
  const auto refusing = judge_kafka_broker(2, error{errc::io, "not allowed"}, mend);
  EXPECT_EQ(refusing.is, grade::unsafe);
  EXPECT_EQ(refusing.place, "broker 2");
  EXPECT_NE(refusing.mend.find("kafka-acls.sh"), std::string::npos);
}

TEST(kafka_rules, commands_name_a_file_of_properties_where_there_are_any) {
  const kafka_mender secure({.brokers = "b:9092", .properties = {{"security.protocol", "SSL"}}});
  EXPECT_NE(secure.tool("kafka-configs.sh").find("--command-config"), std::string::npos);
  EXPECT_EQ(mend.tool("kafka-configs.sh"), "kafka-configs.sh --bootstrap-server b:9092");
}

}  // namespace
}  // namespace roomlog
