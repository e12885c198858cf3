// What is made of what brokers say of themselves; no broker is needed.
#include "log/kafka/kafka_rules.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>

#include "log/identity.h"
#include "log/kafka/kafka_topics.h"

namespace roomlog::testing {
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

// ---- topics ----

kafka_topic_status topic_of(std::size_t partitions, std::size_t replicas, std::size_t in_sync,
                            const std::string& name = "roomlog.events") {
  kafka_topic_status made;
  made.name = name;
  made.exists = true;
  const std::vector<std::int32_t> brokers{1, 2, 3, 4};
  for (std::size_t p = 0; p < partitions; ++p) {
    const auto some = [&](std::size_t count) {
      return std::vector(brokers.begin(), brokers.begin() + static_cast<std::ptrdiff_t>(count));
    };
    made.partitions.push_back({static_cast<std::int32_t>(p), 1, some(replicas), some(in_sync)});
  }
  return made;
}

// As `topics create` makes it, but for these.
kafka_settings settings_with(const std::map<std::string, std::string>& changed = {},
                             kafka_topic_kind kind = kafka_topic_kind::kept) {
  kafka_settings made;
  for (const auto& [name, value] : kafka_topic_settings(kind, 3)) made.values[name] = value;
  for (const auto& [name, value] : changed) made.values[name] = value;
  return made;
}

kafka_finding about(const std::string& setting, const std::vector<kafka_finding>& found) {
  for (const auto& one : found) {
    if (one.setting == setting) return one;
  }
  ADD_FAILURE() << setting << " was not looked at";
  return {};
}

grade judged(const std::string& setting, const kafka_topic_status& topic,
             const kafka_settings& settings) {
  return about(setting, judge_kafka_topic(topic, settings, mend)).is;
}

TEST(kafka_rules, a_topic_as_it_is_made_is_good) {
  for (const auto kind : {kafka_topic_kind::kept, kafka_topic_kind::ephemeral}) {
    const bool kept = kind == kafka_topic_kind::kept;
    const auto topic = topic_of(4, 3, 3, kept ? "roomlog.events" : "roomlog.signals");
    for (const auto& one : judge_kafka_topic(topic, settings_with({}, kind), mend)) {
      EXPECT_EQ(one.is, grade::good) << one.setting << " = " << one.found;
      EXPECT_EQ(one.mend, "") << one.setting;
      EXPECT_EQ(one.place, "topic " + topic.name);
    }
  }
}

TEST(kafka_rules, two_in_sync_of_three_with_a_minimum_of_two_is_good_and_one_is_not) {
  const auto settings = settings_with({{"min.insync.replicas", "2"}});
  EXPECT_TRUE(judge_kafka_replicas(topic_of(4, 3, 3), settings).empty());
  EXPECT_TRUE(judge_kafka_replicas(topic_of(4, 3, 2), settings).empty());
  const auto found = judge_kafka_replicas(topic_of(2, 3, 1), settings);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].is, grade::wrong);
  EXPECT_EQ(found[1].place, "topic roomlog.events partition 1");
  EXPECT_EQ(found[1].setting, "in sync");
  EXPECT_EQ(found[1].found, "1");
  EXPECT_NE(found[1].needed.find("2 or more"), std::string::npos);
}

// One is needed where nobody says how many.
TEST(kafka_rules, a_partition_that_nobody_has_or_leads_is_wrong) {
  EXPECT_TRUE(judge_kafka_replicas(topic_of(1, 3, 1), {}).empty());
  EXPECT_EQ(judge_kafka_replicas(topic_of(1, 3, 0), {}).size(), 1u);
  auto zero = settings_with({{"min.insync.replicas", "0"}});
  EXPECT_EQ(judge_kafka_replicas(topic_of(1, 3, 0), zero).size(), 1u);
  auto topic = topic_of(2, 3, 3);
  topic.partitions[0].leader = 0;
  topic.partitions[1].leader = -1;
  const auto found = judge_kafka_replicas(topic, settings_with());
  ASSERT_EQ(found.size(), 1u) << "a broker may have the number 0";
  EXPECT_EQ(found[0].setting, "leader");
  EXPECT_EQ(found[0].is, grade::wrong);
}

TEST(kafka_rules, three_replicas_are_good_and_the_partition_with_the_fewest_counts) {
  EXPECT_EQ(judged("replication.factor", topic_of(2, 4, 4), settings_with()), grade::good);
  EXPECT_EQ(judged("replication.factor", topic_of(2, 3, 3), settings_with()), grade::good);
  EXPECT_EQ(judged("replication.factor", topic_of(2, 2, 2), settings_with()), grade::unsafe);
  auto uneven = topic_of(3, 3, 3);
  uneven.partitions[1].replicas.pop_back();
  const auto found = about("replication.factor", judge_kafka_topic(uneven, settings_with(), mend));
  EXPECT_EQ(found.is, grade::unsafe);
  EXPECT_EQ(found.found, "2");
  EXPECT_NE(found.mend.find("kafka-reassign-partitions.sh"), std::string::npos);
}

TEST(kafka_rules, a_minimum_in_sync_is_two_or_more_and_no_more_than_there_are_replicas) {
  const auto minimum = [&](const char* value, std::size_t replicas) {
    return about("min.insync.replicas",
                 judge_kafka_topic(topic_of(1, replicas, replicas),
                                   settings_with({{"min.insync.replicas", value}}), mend));
  };
  EXPECT_EQ(minimum("2", 3).is, grade::good);
  EXPECT_EQ(minimum("3", 3).is, grade::good);
  EXPECT_EQ(minimum("4", 3).is, grade::wrong) << "no append would ever be taken";
  EXPECT_NE(minimum("4", 3).needed.find("replication factor, 3"), std::string::npos);
  EXPECT_NE(minimum("4", 3).mend.find("min.insync.replicas=2"), std::string::npos);
  EXPECT_EQ(minimum("1", 3).is, grade::unsafe);
  EXPECT_NE(minimum("1", 3).mend.find("min.insync.replicas=2"), std::string::npos);
  EXPECT_EQ(minimum("2", 2).is, grade::good);
  EXPECT_EQ(minimum("1", 1).is, grade::unsafe);
  EXPECT_EQ(minimum("1", 1).mend, "") << "not before there are more replicas";
  EXPECT_NE(minimum("2", 1).mend.find("min.insync.replicas=1"), std::string::npos);
}

TEST(kafka_rules, a_topic_has_1_to_as_many_partitions_as_a_log_may_have) {
  const auto count = [&](std::size_t partitions) {
    return judged("partitions", topic_of(partitions, 3, 3), settings_with());
  };
  EXPECT_EQ(count(0), grade::wrong);
  EXPECT_EQ(count(1), grade::good);
  EXPECT_EQ(count(partitions_max), grade::good);
  EXPECT_EQ(count(partitions_max + 1), grade::wrong);
}

// Each value that would lose records, reorder their times or refuse them, and its neighbours.
TEST(kafka_rules, settings_of_a_kept_topic_are_judged_at_their_limits) {
  struct row {
    const char *name, *value;
    grade is;
  };
  for (const auto& [name, value, is] :
       std::initializer_list<row>{{"cleanup.policy", "delete", grade::good},
                                  {"cleanup.policy", "compact", grade::wrong},
                                  {"cleanup.policy", "compact,delete", grade::wrong},
                                  {"retention.ms", "-1", grade::good},
                                  {"retention.ms", "604800000", grade::wrong},
                                  {"retention.ms", "", grade::wrong},
                                  {"retention.bytes", "-1", grade::good},
                                  {"retention.bytes", "1073741824", grade::wrong},
                                  {"message.timestamp.type", "LogAppendTime", grade::good},
                                  {"message.timestamp.type", "CreateTime", grade::wrong},
                                  {"unclean.leader.election.enable", "false", grade::good},
                                  {"unclean.leader.election.enable", "true", grade::wrong},
                                  {"max.message.bytes", "1048575", grade::wrong},
                                  {"max.message.bytes", "1048576", grade::good},
                                  {"max.message.bytes", "1048576x", grade::wrong},
                                  {"max.message.bytes", "9223372036854775807", grade::good}}) {
    const auto found =
        about(name, judge_kafka_topic(topic_of(1, 3, 3), settings_with({{name, value}}), mend));
    EXPECT_EQ(found.is, is) << name << " = " << value;
    EXPECT_EQ(found.found, value);
    EXPECT_EQ(found.mend.empty(), is == grade::good) << name << " = " << value;
    if (is == grade::wrong) {
      EXPECT_NE(found.mend.find("--entity-name roomlog.events --add-config " + std::string(name)),
                std::string::npos)
          << found.mend;
    }
  }
}

TEST(kafka_rules, signals_are_kept_for_a_day_at_most) {
  const auto kept_for = [&](const char* ms) {
    return judged("retention.ms", topic_of(1, 3, 3, "x.signals"),
                  settings_with({{"retention.ms", ms}}, kafka_topic_kind::ephemeral));
  };
  EXPECT_EQ(kept_for("0"), grade::wrong);
  EXPECT_EQ(kept_for("1"), grade::good);
  EXPECT_EQ(kept_for("86400000"), grade::good);
  EXPECT_EQ(kept_for("86400001"), grade::wrong);
  EXPECT_EQ(kept_for("-1"), grade::wrong);
}

TEST(kafka_rules, only_a_name_that_ends_with_signals_is_ephemeral) {
  EXPECT_EQ(kind_of_kafka_topic("a.signals"), kafka_topic_kind::ephemeral);
  for (const auto* name : {"a.events", "signals", "a.signals.events", ".signal"}) {
    EXPECT_EQ(kind_of_kafka_topic(name), kafka_topic_kind::kept) << name;
  }
}

TEST(kafka_rules, what_a_topic_is_made_with_suits_its_replicas) {
  const auto minimum = [](std::int32_t replicas) {
    for (const auto& [name, value] : kafka_topic_settings(kafka_topic_kind::kept, replicas)) {
      if (name == "min.insync.replicas") return value;
    }
    return std::string("none");
  };
  EXPECT_EQ(minimum(1), "1");
  EXPECT_EQ(minimum(2), "2");
  EXPECT_EQ(minimum(3), "2");
  EXPECT_EQ(minimum(5), "2");
}

// A start takes what could not be looked at, and what is unsafe where that is allowed.
TEST(kafka_rules, findings_that_are_wrong_or_missing_refuse_a_start_whatever_is_allowed) {
  const auto starts = [](grade is, bool allow_unsafe) {
    return bool(check_kafka_findings({{is, "topic t", "setting", "found", "needed", "mend it"}},
                                     allow_unsafe));
  };
  for (const bool allowed : {false, true}) {
    EXPECT_TRUE(starts(grade::good, allowed));
    EXPECT_TRUE(starts(grade::unknown, allowed));
    EXPECT_EQ(starts(grade::unsafe, allowed), allowed);
    EXPECT_FALSE(starts(grade::missing, allowed));
    EXPECT_FALSE(starts(grade::wrong, allowed));
  }
  const auto refused = check_kafka_findings({{grade::wrong, "topic t", "one", "1", "2", "mend it"},
                                             {grade::good, "x", "y", "", "", ""},
                                             {grade::unsafe, "topic u", "other", "3", "4", ""}},
                                            false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
  for (const auto* part :
       {"topic t: one = 1", "mend it", "\n", "topic u: other = 3", "--allow-unsafe-topic"}) {
    EXPECT_NE(refused.error().text.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace roomlog::testing
