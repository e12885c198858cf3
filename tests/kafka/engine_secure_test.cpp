// TLS and SASL, for real: the properties that docs/configuration.md names, on a broker that takes
// no other client.
#include <gtest/gtest.h>

#include "tests/kafka/engine_rig.h"

namespace testing_kafka {
namespace {

using namespace roomlog;
using namespace roomlog::testing_log;

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
  rig.options.open_wait = std::chrono::milliseconds(1500);
  testing::internal::CaptureStderr();
  const auto refused = rig.try_open();
  const auto said = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable) << refused.error().text;
  EXPECT_EQ(refused.error().text.find("battery-staple"), std::string::npos);
  EXPECT_EQ(said.find("battery-staple"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(ways, kafka_engine_secure, ::testing::ValuesIn(secure_ways()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace testing_kafka
