// TLS and SASL, for real: the properties that docs/configuration.md names, on a broker that takes
// no other client.
#include <gtest/gtest.h>

#include "tests/kafka/engine_rig.h"

namespace roomlog::testing {
namespace {

class kafka_engine_secure : public ::testing::TestWithParam<secure_way> {};

TEST_P(kafka_engine_secure, appends_and_reads_as_its_user_and_says_nothing_of_the_password) {
  kafka_cluster brokers({.user = "ann:correct-horse", .version = GetParam().version});
  engine_rig rig(brokers.bootstrap());
  rig.options.connection.brokers = brokers.secure();
  rig.options.tail_bytes_per_partition = 0;
  auto& properties = rig.options.connection.properties;
  properties = {{"security.protocol", "SASL_SSL"},
                {"sasl.mechanism", GetParam().mechanism},
                {"sasl.username", "ann"},
                {"sasl.password", "correct-horse"},
                {"ssl.ca.location", brokers.ca_file().string()}};
  {
    const auto engine = rig.open();
    append_all(*engine, partition_id{0}, numbered(100));
    EXPECT_EQ(values_of(*engine, partition_id{0}), numbered(100));
  }
  properties[3].second = "battery-staple";
  rig.options.open_wait = std::chrono::minutes(1);  // it is known long before
  ::testing::internal::CaptureStderr();
  const auto refused = rig.try_open();
  const auto said = ::testing::internal::GetCapturedStderr();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid) << refused.error().text;
  EXPECT_EQ(refused.error().text.find("kafka.properties: no broker takes this client: "), 0u)
      << refused.error().text;
  EXPECT_NE(refused.error().text.find("SASL authentication error"), std::string::npos)
      << refused.error().text;
  EXPECT_EQ(refused.error().text.find("battery-staple"), std::string::npos);
  EXPECT_EQ(said.find("battery-staple"), std::string::npos);
}

class kafka_engine_protocol : public ::testing::Test {
 protected:
  kafka_cluster brokers_{{.user = "ann:correct-horse"}};
  engine_rig rig_{brokers_.bootstrap()};

  error refusal(const std::string& brokers, const properties& with, std::chrono::seconds wait) {
    rig_.options.connection = {brokers, with};
    rig_.options.open_wait = wait;
    const auto opened = rig_.try_open();
    return opened ? error{errc::io, "it was opened"} : opened.error();
  }
};

TEST_F(kafka_engine_protocol, a_listener_or_certificate_that_tls_fails_with_is_a_wrong_setting) {
  const auto wait = std::chrono::seconds(60);
  for (const auto& [brokers, with] :
       {std::pair{brokers_.bootstrap(), properties{{"security.protocol", "SSL"}}},
        std::pair{brokers_.secure(), properties{{"security.protocol", "SASL_SSL"},
                                                {"sasl.mechanism", "PLAIN"},
                                                {"sasl.username", "ann"},
                                                {"sasl.password", "correct-horse"}}}}) {
    const auto refused = refusal(brokers, with, wait);
    EXPECT_EQ(refused.code, errc::invalid) << refused.text;
    EXPECT_NE(refused.text.find("SSL handshake failed"), std::string::npos) << refused.text;
  }
}

// The broker only hangs up, as one that stops does: unavailable, with what it may be.
TEST_F(kafka_engine_protocol,
       plaintext_to_a_listener_of_tls_is_unavailable_and_says_what_it_may_be) {
  const auto refused = refusal(brokers_.secure(), {}, std::chrono::seconds(2));
  EXPECT_EQ(refused.code, errc::unavailable) << refused.text;
  EXPECT_NE(refused.text.find("security.protocol"), std::string::npos) << refused.text;
}

INSTANTIATE_TEST_SUITE_P(ways, kafka_engine_secure, ::testing::ValuesIn(secure_ways()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace roomlog::testing
