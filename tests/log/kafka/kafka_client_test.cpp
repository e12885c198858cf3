// What may be set on a Kafka client, and what is said of it. No broker is needed.
#include "log/kafka/kafka_client.h"

#include <gtest/gtest.h>

#include "log/kafka/kafka_property_rules.h"

namespace roomlog::testing {
namespace {

result<kafka_client> client_with(std::string name, std::string value) {
  return make_kafka_client({"127.0.0.1:1", {{std::move(name), std::move(value)}}},
                           kafka_role::producer);
}

TEST(kafka_client, every_role_accepts_its_own_settings) {
  for (const auto role :
       {kafka_role::producer, kafka_role::tail, kafka_role::reader, kafka_role::admin}) {
    const auto client = make_kafka_client({"127.0.0.1:1", {}}, role);
    EXPECT_TRUE(client) << client.error().text;
  }
}

TEST(kafka_client, what_the_promises_rest_on_cannot_be_set) {
  // As docs/kafka.md names them.
  for (const auto* name : {"acks",
                           "request.required.acks",
                           "enable.idempotence",
                           "enable.gapless.guarantee",
                           "retries",
                           "message.send.max.retries",
                           "delivery.report.only.error",
                           "auto.offset.reset",
                           "isolation.level",
                           "check.crcs",
                           "enable.partition.eof",
                           "queuing.strategy",
                           "allow.auto.create.topics",
                           "partitioner",
                           "log.connection.close",
                           "client.id",
                           "bootstrap.servers",
                           "metadata.broker.list",
                           "plugin.library.paths",
                           "group.id",
                           "group.instance.id",
                           "transactional.id",
                           "enable.auto.commit",
                           "auto.commit.enable",
                           "enable.auto.offset.store"}) {
    const auto refused = client_with(name, "1");
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, errc::invalid);
    EXPECT_EQ(refused.error().text.find("kafka.properties." + std::string(name) + " cannot"), 0u);
  }
}

TEST(kafka_client, a_property_that_is_unknown_or_refused_is_named_with_its_value) {
  const auto unknown = client_with("lingerms", "1");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().text.find("lingerms: librdkafka has no such property"),
            std::string::npos);
  const auto refused = client_with("linger.ms", "soon");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("linger.ms: \"soon\" is refused"), std::string::npos);
}

TEST(kafka_client, settings_that_contradict_each_other_are_refused) {
  const auto refused = client_with("max.in.flight", "6");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid);
  EXPECT_NE(refused.error().text.find("max.in.flight"), std::string::npos);
}

TEST(kafka_client, a_secret_is_never_shown) {
  for (const auto* name :
       {"ssl.key.pem", "sasl.password", "ssl.key.password", "ssl.keystore.password",
        "sasl.oauthbearer.client.secret", "sasl.jaas.config", "sasl.oauthbearer.token.endpoint.url",
        "sasl.oauthbearer.config"}) {
    EXPECT_TRUE(is_secret_kafka_property(name)) << name;
  }
  EXPECT_FALSE(is_secret_kafka_property("linger.ms"));
  EXPECT_FALSE(is_secret_kafka_property("sasl.username"));
  const kafka_connection with_bad_key{"127.0.0.1:1",
                                      {{"security.protocol", "ssl"}, {"ssl.key.pem", "hunter2"}}};
  const auto refused = make_kafka_client(with_bad_key, kafka_role::tail);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text.find("hunter2"), std::string::npos) << refused.error().text;
  EXPECT_NE(refused.error().text.find("ssl.key.pem"), std::string::npos) << refused.error().text;
}

TEST(kafka_client, what_the_protocol_would_not_use_is_refused) {
  struct one {
    const char* protocol;
    const char* name;
    const char* value;
    bool fits;
  };
  for (const auto& [protocol, name, value, fits] :
       {one{"plaintext", "sasl.username", "ann", false}, one{"ssl", "sasl.username", "ann", false},
        one{"sasl_plaintext", "sasl.username", "ann", true},
        one{"plaintext", "ssl.cipher.suites", "DEFAULT", false},
        one{"sasl_plaintext", "ssl.cipher.suites", "DEFAULT", false},
        one{"ssl", "ssl.cipher.suites", "DEFAULT", true}}) {
    kafka_connection to{"127.0.0.1:1", {{"security.protocol", protocol}, {name, value}}};
    if (std::string_view(protocol).starts_with("sasl")) {
      to.properties.insert(
          to.properties.end(),
          {{"sasl.mechanism", "PLAIN"}, {"sasl.username", "ann"}, {"sasl.password", "hunter2"}});
    }
    const auto client = make_kafka_client(to, kafka_role::admin);
    ASSERT_EQ(client.has_value(), fits) << protocol << " " << name;
    if (fits) continue;
    EXPECT_EQ(client.error().code, errc::invalid);
    EXPECT_NE(client.error().text.find(std::string(name) + ": security.protocol is \"" + protocol),
              std::string::npos)
        << client.error().text;
  }
}

TEST(kafka_client, without_brokers_there_is_no_client) {
  const auto refused = make_kafka_client({}, kafka_role::tail);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("kafka.brokers is empty"), std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
