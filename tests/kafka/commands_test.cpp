// `roomlog topics`, `roomlog doctor` and `roomlog read` against real brokers.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <regex>

#include "tests/app/child_process.h"
#include "tests/kafka/copied_log.h"
#include "tests/kafka/kafka_cluster.h"
#include "tests/kafka/test_topic.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

using words = std::vector<std::string>;

words with_brokers(const kafka_cluster& brokers, const std::string& prefix, words before,
                   const words& after = {}) {
  before.insert(before.end(),
                {"--kafka", brokers.bootstrap(), "--set", "kafka.topic_prefix=" + prefix});
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

TEST(kafka_commands, topics_are_made_described_and_found_good) {
  auto& brokers = kafka_cluster::shared(3);
  const std::string prefix = unique_name("p");
  const auto made = run_roomlog(
      with_brokers(brokers, prefix, {"topics", "create"}, {"--partitions", "6", "--json"}));
  ASSERT_EQ(made.code, 0) << made.err;
  const auto topics = boost::json::parse(made.out).at("topics").as_array();
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].at("name").as_string(), prefix + ".events");
  EXPECT_EQ(topics[0].at("partitions").as_array().size(), 6u);
  EXPECT_EQ(topics[0].at("partitions").at(5).at("replicas"), (boost::json::array{1, 2, 3}));
  EXPECT_EQ(topics[0].at("settings").at("cleanup.policy").as_string(), "delete");

  const auto described = run_roomlog(with_brokers(brokers, prefix, {"topics", "describe"}));
  EXPECT_EQ(described.code, 0) << described.err;
  EXPECT_NE(described.out.find(prefix + ".signals: 6 partitions\n"), std::string::npos);
  EXPECT_NE(described.out.find("in sync 1 2 3\n"), std::string::npos);

  const auto doctor = run_roomlog(with_brokers(brokers, prefix, {"doctor", "--json"}));
  EXPECT_EQ(doctor.code, 0) << doctor.err << doctor.out;
  EXPECT_EQ(boost::json::parse(doctor.out).at("ok"), true);
}

TEST(kafka_commands, topics_and_their_number_of_brokers_must_be_named_and_safe) {
  auto& brokers = kafka_cluster::shared(1);
  const auto unnamed = run_roomlog({"topics", "create"});
  EXPECT_EQ(unnamed.code, 3);
  EXPECT_NE(unnamed.err.find("kafka.brokers"), std::string::npos) << unnamed.err;
  const words few{"--replication-factor", "1"};
  const auto unsafe = run_roomlog(with_brokers(brokers, "unsafe", {"topics", "create"}, few));
  EXPECT_EQ(unsafe.code, 3);
  EXPECT_NE(unsafe.err.find("--allow-unsafe-topic"), std::string::npos) << unsafe.err;
}

TEST(kafka_commands, doctor_says_what_is_wrong_and_what_mends_it) {
  auto& brokers = kafka_cluster::shared(3);
  const std::string prefix = unique_name("p");
  make_topic(brokers.bootstrap(), prefix + ".events",
             {.partitions = 2,
              .replicas = 3,
              .settings = {{"message.timestamp.type", "CreateTime"},
                           {"retention.ms", "-1"},
                           {"min.insync.replicas", "2"}}});
  ASSERT_EQ(
      run_roomlog(with_brokers(brokers, prefix, {"topics", "create"}, {"--partitions", "2"})).code,
      0);
  const auto doctor = run_roomlog(with_brokers(brokers, prefix, {"doctor"}, {"--partitions", "4"}));
  EXPECT_EQ(doctor.code, 3) << doctor.err;
  EXPECT_NE(doctor.out.find("WRONG    topic " + prefix + ".events"), std::string::npos)
      << doctor.out;
  EXPECT_NE(doctor.out.find("message.timestamp.type = CreateTime, needed: LogAppendTime"),
            std::string::npos)
      << doctor.out;
  EXPECT_NE(doctor.out.find("--add-config message.timestamp.type=LogAppendTime\n"),
            std::string::npos);
  EXPECT_NE(doctor.out.find("log.partitions = 2, needed: 4"), std::string::npos) << doctor.out;
  EXPECT_EQ(doctor.out.find("retention.ms = -1, needed"), std::string::npos) << doctor.out;
}

TEST(kafka_commands, nobody_there_is_unavailable) {
  const words nowhere{"--kafka", "127.0.0.1:1", "--set", "kafka.open_wait=300ms"};
  for (words command : {words{"doctor"}, words{"topics", "describe"}, words{"read"}}) {
    command.insert(command.end(), nowhere.begin(), nowhere.end());
    const auto ran = run_roomlog(command);
    EXPECT_EQ(ran.code, 4) << command[0] << ": " << ran.err;
    EXPECT_NE(ran.err.find("kafka.brokers: no broker answers within 0.3 s: "), std::string::npos)
        << ran.err;
    EXPECT_NE(ran.err.find("Connection refused"), std::string::npos) << ran.err;
  }
}

// "not there" is no wrong setting: the topics may be on their way.
TEST(kafka_commands, a_topic_that_is_not_there_is_unavailable_with_the_command_that_makes_it) {
  auto& brokers = kafka_cluster::shared(1);
  const std::string prefix = unique_name("p");
  const temporary_directory data;
  const words serve{"serve",    "--log",       "kafka",          "--data",     data.path().string(),
                    "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"};
  for (const words& command : {words{"read"}, serve}) {
    const auto ran = run_roomlog(with_brokers(brokers, prefix, command));
    EXPECT_EQ(ran.code, 4) << command[0] << ": " << ran.err;
    EXPECT_NE(
        ran.err.find("there is no topic " + prefix + ".events; roomlog topics create --kafka " +
                     brokers.bootstrap() + " --set kafka.topic_prefix=" + prefix),
        std::string::npos)
        << ran.err;
  }
}

TEST(kafka_commands, what_is_there_is_described_and_what_is_missing_is_unavailable) {
  auto& brokers = kafka_cluster::shared(3);
  const std::string prefix = unique_name("p");
  const std::string mend = "roomlog topics create --kafka " + brokers.bootstrap() +
                           " --set kafka.topic_prefix=" + prefix;
  const auto none = run_roomlog(with_brokers(brokers, prefix, {"topics", "describe"}));
  EXPECT_EQ(none.code, 4) << none.err;
  EXPECT_NE(none.out.find(prefix + ".events: there is no such topic\n"), std::string::npos);
  EXPECT_NE(
      none.err.find("there is no topic " + prefix + ".events, " + prefix + ".signals; " + mend),
      std::string::npos)
      << none.err;

  ASSERT_EQ(
      run_roomlog(with_brokers(brokers, prefix, {"topics", "create"}, {"--partitions", "2"})).code,
      0);
  delete_topic(brokers.bootstrap(), prefix + ".signals");
  // Not every broker knows at once that it is gone.
  auto some = run_roomlog(with_brokers(brokers, prefix, {"topics", "describe", "--json"}));
  EXPECT_TRUE(eventually([&] {
    if (some.code == 4) return true;
    some = run_roomlog(with_brokers(brokers, prefix, {"topics", "describe", "--json"}));
    return false;
  })) << some.err;
  EXPECT_NE(some.err.find("there is no topic " + prefix + ".signals; "), std::string::npos)
      << some.err;
  const auto topics = boost::json::parse(some.out).at("topics").as_array();
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].at("exists"), true);
  EXPECT_EQ(topics[1].at("exists"), false);
  EXPECT_EQ(topics[1].at("partitions").as_array().size(), 0u);

  auto doctor = run_roomlog(with_brokers(brokers, prefix, {"doctor", "--json"}));
  EXPECT_TRUE(eventually([&] {
    if (doctor.code == 4) return true;
    doctor = run_roomlog(with_brokers(brokers, prefix, {"doctor", "--json"}));
    return false;
  })) << doctor.out
      << doctor.err;
  EXPECT_EQ(boost::json::parse(doctor.out).at("ok"), false);
  EXPECT_NE(doctor.out.find(R"("grade":"missing","place":"topic )" + prefix + ".signals"),
            std::string::npos)
      << doctor.out;
  // What a person has to mend comes before what may be on its way.
  const auto wrong = run_roomlog(with_brokers(brokers, prefix, {"doctor"}, {"--partitions", "4"}));
  EXPECT_EQ(wrong.code, 3) << wrong.out << wrong.err;
  EXPECT_NE(wrong.out.find("MISSING  topic " + prefix + ".signals"), std::string::npos)
      << wrong.out;
}

// Brokers that ask who somebody is, and have granted nothing to ann.
TEST(kafka_commands, a_user_without_rights_is_told_so) {
  kafka_cluster brokers({.settings = {{"authorizer.class.name",
                                       "org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
                                      {"super.users", "User:ANONYMOUS"}},
                         .user = "ann:right"});
  const std::string prefix = unique_name("p");
  ASSERT_EQ(run_roomlog(with_brokers(brokers, prefix, {"topics", "create"},
                                     {"--replication-factor", "1", "--allow-unsafe-topic"}))
                .code,
            0);
  const temporary_directory files;
  const auto file = files.path() / "ann.toml";
  std::ofstream(file) << "[kafka]\nbrokers = \"" << brokers.secure() << "\"\ntopic_prefix = \""
                      << prefix << "\"\nallow_unsafe_topic = true\n[kafka.properties]\n"
                      << "\"security.protocol\" = \"SASL_SSL\"\n\"sasl.mechanism\" = \"PLAIN\"\n"
                      << "\"sasl.username\" = \"ann\"\n\"sasl.password\" = \"right\"\n"
                      << "\"ssl.ca.location\" = \"" << brokers.ca_file().string() << "\"\n";
  const words as_ann{"--config", file.string()};
  const auto run = [&](words command) {
    command.insert(command.end(), as_ann.begin(), as_ann.end());
    return run_roomlog(command);
  };
  const auto described = run({"topics", "describe", "--json"});
  EXPECT_EQ(described.code, 3) << described.err;
  EXPECT_NE(described.err.find("topic " + prefix + ".events: this user may not see it"),
            std::string::npos)
      << described.err;
  EXPECT_TRUE(boost::json::parse(described.out).at("topics").at(0).at("exists").is_null())
      << described.out;
  const auto doctor = run({"doctor"});
  EXPECT_EQ(doctor.code, 3) << doctor.err;
  EXPECT_NE(doctor.out.find("kafka-acls.sh"), std::string::npos) << doctor.out << doctor.err;
  const auto created = run({"topics", "create", "--replication-factor", "1"});
  EXPECT_EQ(created.code, 3) << created.err;
  const temporary_directory data;
  const auto serve = run({"serve", "--log", "kafka", "--data", data.path().string(), "--listen",
                          "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"});
  EXPECT_EQ(serve.code, 3) << serve.err;
  EXPECT_NE(serve.err.find("TOPIC_AUTHORIZATION_FAILED"), std::string::npos) << serve.err;
}

TEST(kafka_commands, a_prefix_that_no_topic_can_have_is_a_wrong_setting) {
  auto& brokers = kafka_cluster::shared(1);
  for (const words& command :
       {words{"read"}, words{"topics", "create"}, words{"topics", "describe"}, words{"doctor"}}) {
    const auto ran = run_roomlog(with_brokers(brokers, "no pe", command));
    EXPECT_EQ(ran.code, 3) << command[0] << ": " << ran.err;
    EXPECT_NE(ran.err.find("kafka.topic_prefix: there can be no topic \"no pe.events\""),
              std::string::npos)
        << ran.err;
  }
}

// Append times are the broker's, which are others.
std::string without_times(const std::string& lines) {
  static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)");
  return std::regex_replace(lines, time, "TIME");
}

TEST(kafka_commands, read_shows_the_same_from_kafka_as_from_the_embedded_log) {
  auto& brokers = kafka_cluster::shared(1);
  const copied_log log(brokers);
  for (const words& how : {words{}, words{"--decisions"}, words{"--room", "general"},
                           words{"--room", "general", "--decisions", "--from", "2"},
                           words{"--partition", "1", "--from", "1"}}) {
    words embedded{"read", "--data", log.data().string()};
    embedded.insert(embedded.end(), how.begin(), how.end());
    const auto here = run_roomlog(embedded);
    const auto there = run_roomlog(with_brokers(brokers, log.prefix(), {"read"}, how));
    ASSERT_EQ(here.code, 0) << here.err;
    ASSERT_EQ(there.code, 0) << there.err;
    EXPECT_EQ(without_times(there.out), without_times(here.out));
    EXPECT_NE(here.out, "");
  }
}

TEST(kafka_commands, read_of_an_empty_topic_leaves_it_empty) {
  auto& brokers = kafka_cluster::shared(1);
  const std::string prefix = unique_name("p");
  make_topic(brokers.bootstrap(), prefix + ".events");
  for (int i = 0; i < 2; ++i) {
    const auto ran = run_roomlog(with_brokers(brokers, prefix, {"read"}));
    EXPECT_EQ(ran.code, 4) << ran.err;
    EXPECT_NE(ran.err.find("the log is empty"), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace roomlog::testing
