// Topics on real brokers: made as needed, and refused setting by setting where they were made
// otherwise.
#include "log/kafka/kafka_topics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ostream>
#include <sstream>
#include <thread>

#include "log/base/clock.h"
#include "log/kafka/kafka_admin.h"
#include "log/kafka/kafka_log.h"
#include "tests/kafka/kafka_cluster.h"
#include "tests/kafka/test_topic.h"
#include "tests/log/fake_identity_codec.h"

namespace roomlog {

void PrintTo(const kafka_finding& one, std::ostream* to) {
  *to << one.place << ": " << one.setting << " = " << one.found << ", needed " << one.needed << " ["
      << one.mend << "]";
}

bool operator==(const kafka_finding& a, const kafka_finding& b) {
  return a.is == b.is && a.place == b.place && a.setting == b.setting && a.found == b.found;
}

}  // namespace roomlog

namespace roomlog::testing {

namespace {

using grade = kafka_finding::grade;
using findings = std::vector<kafka_finding>;
using settings = std::vector<std::pair<std::string, std::string>>;

constexpr std::chrono::milliseconds wait{20'000};

kafka_connection connection(const kafka_cluster& brokers) {
  return {brokers.bootstrap(), {}};
}

findings not_good(const result<findings>& all) {
  EXPECT_TRUE(all) << all.error().text;
  findings out;
  if (!all) return out;
  std::ranges::copy_if(*all, std::back_inserter(out),
                       [](const auto& one) { return one.is != grade::good; });
  return out;
}

// A topic as it is needed, but for `changed`.
std::string make_topic(const kafka_connection& to, std::int32_t replicas, settings changed,
                       const std::string& name = unique_name("t") + ".events",
                       std::uint32_t partitions = 4) {
  settings all{{"cleanup.policy", "delete"},
               {"retention.ms", "-1"},
               {"retention.bytes", "-1"},
               {"message.timestamp.type", "LogAppendTime"},
               {"min.insync.replicas", std::to_string(std::min(replicas, 2))}};
  std::erase_if(all, [&](const auto& one) {
    return std::ranges::any_of(changed, [&](const auto& c) { return c.first == one.first; });
  });
  std::ranges::move(changed, std::back_inserter(all));
  const auto cluster = kafka_admin::connect(to, wait);
  const auto made = cluster->create({{name, partitions, replicas, all}});
  EXPECT_TRUE(made) << made.error().text;
  wait_until_known(to.brokers, name);
  return name;
}

result<std::unique_ptr<log>> open_topic(const kafka_connection& to, const std::string& topic,
                                        std::uint32_t partitions) {
  static const fake_identity_codec codec;
  static const manual_clock_source clock;
  kafka_log_options options;
  options.connection = to;
  options.topic = topic;
  return open_kafka_log(options, {partitions, "e1"}, codec, clock);
}

std::string value_of(const kafka_topic_status& topic, const std::string& name) {
  for (const auto& [setting, value] : topic.settings) {
    if (setting == name) return value;
  }
  return "missing";
}

TEST(kafka_topics, what_is_made_is_what_is_needed) {
  const auto to = connection(kafka_cluster::shared(3));
  const kafka_topics_request wanted{.prefix = unique_name("p"), .partitions = 5};
  EXPECT_EQ(not_good(examine_kafka(to, wanted.prefix, wait)).size(), 2u);  // none is there
  const auto made = create_kafka_topics(to, wanted, wait);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(not_good(examine_kafka(to, wanted.prefix, wait)), findings{});
  ASSERT_EQ(made->size(), 2u);
  for (const auto& topic : *made) {
    EXPECT_TRUE(topic.exists);
    ASSERT_EQ(topic.partitions.size(), 5u);
    EXPECT_EQ(topic.partitions[4].partition, 4);
    EXPECT_EQ(topic.partitions[4].replicas, (std::vector<std::int32_t>{1, 2, 3}));
    EXPECT_EQ(value_of(topic, "message.timestamp.type"), "LogAppendTime");
  }
  EXPECT_EQ((*made)[0].name, wanted.prefix + ".events");
  EXPECT_EQ(value_of((*made)[0], "retention.ms"), "-1");
  EXPECT_EQ(value_of((*made)[1], "retention.ms"), "60000");
}

TEST(kafka_topics, what_is_there_is_left_as_it_is) {
  const auto to = connection(kafka_cluster::shared(3));
  const std::string prefix = unique_name("p");
  make_topic(to, 3, {{"retention.ms", "5000000"}}, prefix + ".events");
  auto wanted = kafka_topics_request{.prefix = prefix, .partitions = 7};
  const auto other = create_kafka_topics(to, wanted, wait);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, errc::mismatch);
  EXPECT_NE(other.error().text.find("4 partitions"), std::string::npos) << other.error().text;
  EXPECT_FALSE((*describe_kafka_topics(to, prefix, wait))[1].exists);
  wanted.partitions = 4;
  const auto made = create_kafka_topics(to, wanted, wait);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(value_of((*made)[0], "retention.ms"), "5000000");
  EXPECT_TRUE((*made)[1].exists);
}

TEST(kafka_topics, few_replicas_must_be_allowed_and_stay_unsafe) {
  const auto to = connection(kafka_cluster::shared(1));
  kafka_topics_request wanted{.prefix = unique_name("p"), .partitions = 2, .replication_factor = 1};
  const auto refused = create_kafka_topics(to, wanted, wait);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
  EXPECT_NE(refused.error().text.find("--allow-unsafe-topic"), std::string::npos);
  wanted.allow_unsafe_topic = true;
  ASSERT_TRUE(create_kafka_topics(to, wanted, wait));
  const auto found = not_good(examine_kafka_topic(to, wanted.prefix + ".events", wait));
  ASSERT_EQ(found.size(), 2u) << ::testing::PrintToString(found);
  EXPECT_EQ(found[0].setting, "replication.factor");
  EXPECT_EQ(found[1].setting, "min.insync.replicas");
  for (const auto& one : found) EXPECT_EQ(one.is, grade::unsafe);
}

TEST(kafka_topics, more_replicas_than_brokers_are_refused_by_the_cluster) {
  const auto to = connection(kafka_cluster::shared(1));
  const auto made = create_kafka_topics(to, {.prefix = unique_name("p")}, wait);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::io);
  EXPECT_NE(made.error().text.find("replication factor"), std::string::npos) << made.error().text;
}

TEST(kafka_topics, streams_of_other_partitions_are_wrong) {
  const auto to = connection(kafka_cluster::shared(3));
  const std::string prefix = unique_name("p");
  make_topic(to, 3, {}, prefix + ".events", 4);
  auto found = not_good(examine_kafka(to, prefix, wait));
  ASSERT_EQ(found.size(), 1u) << ::testing::PrintToString(found);
  EXPECT_EQ(found[0].place, "topic " + prefix + ".signals");
  EXPECT_EQ(found[0].mend,
            "roomlog topics create --kafka " + to.brokers + " --set kafka.topic_prefix=" + prefix);
  make_topic(to, 3, {{"retention.ms", "3600000"}}, prefix + ".signals", 3);
  ASSERT_FALSE(create_kafka_topics(to, {.prefix = prefix, .partitions = 4}, wait));
  found = not_good(examine_kafka(to, prefix, wait));
  ASSERT_EQ(found.size(), 1u) << ::testing::PrintToString(found);
  EXPECT_EQ(found[0].place, "topic " + prefix + ".signals");
  EXPECT_EQ(found[0].setting, "partitions");
}

TEST(kafka_topics, the_command_that_mends_does) {
  auto& brokers = kafka_cluster::shared(3);
  const auto to = connection(brokers);
  const std::string topic = make_topic(to, 3, {{"retention.ms", "604800000"}});
  const auto found = not_good(examine_kafka_topic(to, topic, wait));
  ASSERT_EQ(found.size(), 1u);
  std::string command = found[0].mend;
  const std::string tool = "kafka-configs.sh";
  ASSERT_TRUE(command.starts_with(tool)) << command;
  command.replace(0, tool.size(),
                  "java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '" + brokers.jars() +
                      "/*' kafka.admin.ConfigCommand");
  ASSERT_EQ(std::system((command + " >/dev/null").c_str()), 0) << command;
  EXPECT_EQ(not_good(examine_kafka_topic(to, topic, wait)), findings{});
}

TEST(kafka_topics, a_partition_below_its_minimum_is_said_and_refuses_no_start) {
  kafka_cluster brokers({.count = 3});
  const auto to = connection(brokers);
  const std::string prefix = unique_name("p");
  ASSERT_TRUE(create_kafka_topics(to, {.prefix = prefix, .partitions = 1}, wait));
  const std::string topic =
      make_topic(to, 3, {{"min.insync.replicas", "3"}}, unique_name("q") + ".events", 1);
  brokers.kill(2);
  const auto in_sync = [&] {
    return kafka_admin::connect(to, wait)->topic(topic)->partitions[0].in_sync.size();
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (in_sync() == 3 && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(not_good(examine_kafka_topic(to, topic, wait)), findings{});
  EXPECT_EQ(not_good(examine_kafka(to, prefix, wait)), findings{});
  const auto found = not_good(examine_kafka(to, topic.substr(0, topic.find('.')), wait));
  const auto said = std::ranges::find(found, "in sync", &kafka_finding::setting);
  ASSERT_NE(said, found.end()) << ::testing::PrintToString(found);
  EXPECT_EQ(said->place, "topic " + topic + " partition 0");
  EXPECT_EQ(said->found, "2");
  EXPECT_EQ(said->is, grade::wrong);
}

TEST(kafka_topics, brokers_before_3_7_are_wrong) {
  kafka_cluster old({.version = "3.6.2"});
  const std::string topic = make_topic(connection(old), 1, {});
  const auto found = not_good(examine_kafka_topic(connection(old), topic, wait));
  ASSERT_EQ(found.size(), 3u) << ::testing::PrintToString(found);
  EXPECT_EQ(found[0].place, "broker 1");
  EXPECT_EQ(found[0].setting, "version");
  EXPECT_EQ(found[0].found, "3.6");
  EXPECT_EQ(found[0].is, grade::wrong);
}

TEST(kafka_topics, the_same_over_tls_with_a_password) {
  kafka_cluster brokers({.user = "ann:right"});
  kafka_connection to{brokers.secure(),
                      {{"security.protocol", "SASL_SSL"},
                       {"sasl.mechanism", "PLAIN"},
                       {"sasl.username", "ann"},
                       {"sasl.password", "right"},
                       {"ssl.ca.location", brokers.ca_file().string()}}};
  const kafka_topics_request wanted{
      .prefix = "p", .partitions = 1, .replication_factor = 1, .allow_unsafe_topic = true};
  const auto made = create_kafka_topics(to, wanted, wait);
  ASSERT_TRUE(made) << made.error().text;
  const auto found = examine_kafka_topic(to, "p.events", wait);
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(found->front().found, "4.0 or later");
}

TEST(kafka_topics, nobody_there_is_unavailable) {
  const auto found = examine_kafka({"127.0.0.1:1", {}}, "roomlog", std::chrono::milliseconds(300));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::unavailable);
}

TEST(kafka_topics, a_start_names_all_that_keeps_it_and_how_it_is_mended) {
  const findings found{
      {grade::good, "broker 1", "version", "4.0 or later", "3.7 or later", ""},
      {grade::unknown, "broker 2", "version", "no answer", "3.7 or later", ""},
      {grade::unsafe, "topic t", "replication.factor", "1", "3 or more", ""},
      {grade::wrong, "topic t", "retention.ms", "5", "-1", "kafka-configs.sh …"},
  };
  const auto refused = check_kafka_findings(found, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
  EXPECT_EQ(refused.error().text,
            "topic t: replication.factor = 1, needed: 3 or more (--allow-unsafe-topic takes it)\n"
            "topic t: retention.ms = 5, needed: -1; kafka-configs.sh …");
  EXPECT_FALSE(check_kafka_findings(found, true));
  EXPECT_FALSE(check_kafka_findings({found[2]}, false));
  EXPECT_TRUE(check_kafka_findings({found[0], found[1], found[2]}, true));
}

struct refusal {
  std::string setting, value;
  grade is;

  friend void PrintTo(const refusal& one, std::ostream* to) {
    *to << one.setting << "=" << one.value;
  }
};
class kafka_topics_refused : public ::testing::TestWithParam<refusal> {};

TEST_P(kafka_topics_refused, by_its_setting_alone) {
  const auto& [setting, value, is] = GetParam();
  const auto to = connection(kafka_cluster::shared(3));
  const std::string topic = make_topic(to, 3, {{setting, value}});
  const auto found = not_good(examine_kafka_topic(to, topic, wait));
  ASSERT_EQ(found.size(), 1u) << ::testing::PrintToString(found);
  EXPECT_EQ(found[0].is, is);
  EXPECT_EQ(found[0].setting, setting);
  EXPECT_EQ(found[0].found, value);
  EXPECT_NE(found[0].mend.find("--entity-name " + topic + " --add-config " + setting + "="),
            std::string::npos)
      << found[0].mend;

  const auto opened = open_topic(to, topic, 4);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::mismatch);
  EXPECT_NE(opened.error().text.find(setting + " = " + value), std::string::npos)
      << opened.error().text;
}

TEST(kafka_topics, no_start_against_other_partitions) {
  const auto to = connection(kafka_cluster::shared(3));
  const std::string topic = make_topic(to, 3, {});
  const auto opened = open_topic(to, topic, 5);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::mismatch);
  EXPECT_NE(opened.error().text.find('5'), std::string::npos) << opened.error().text;
}

INSTANTIATE_TEST_SUITE_P(
    settings, kafka_topics_refused,
    ::testing::Values(refusal{"cleanup.policy", "compact", grade::wrong},
                      refusal{"cleanup.policy", "compact,delete", grade::wrong},
                      refusal{"retention.ms", "604800000", grade::wrong},
                      refusal{"retention.bytes", "1073741824", grade::wrong},
                      refusal{"message.timestamp.type", "CreateTime", grade::wrong},
                      refusal{"unclean.leader.election.enable", "true", grade::wrong},
                      refusal{"max.message.bytes", "1048575", grade::wrong},
                      refusal{"min.insync.replicas", "1", grade::unsafe},
                      refusal{"min.insync.replicas", "4", grade::wrong}));

}  // namespace

}  // namespace roomlog::testing
