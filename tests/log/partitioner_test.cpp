#include "log/partitioner.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace roomlog::testing {

// From Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java,
// testMurmur2.
TEST(partitioner, hashes_as_the_java_clients_of_kafka_do) {
  const std::array<std::pair<std::string, std::int32_t>, 6> vectors{{
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  }};
  for (const auto& [key, hash] : vectors) {
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(key)), hash) << key;
  }
}

TEST(partitioner, makes_the_hash_positive_before_taking_the_remainder) {
  // -973932308 & 0x7fffffff = 1173551340.
  EXPECT_EQ(partition_of("21", 8), partition_id{1173551340 % 8});
  EXPECT_EQ(partition_of("21", 7), partition_id{1173551340 % 7});
  EXPECT_EQ(partition_of("abc", 1000), partition_id{479470107 % 1000});
}

TEST(partitioner, takes_bytes_above_127_as_unsigned) {
  // The same key in Java is the byte array {-1, -2, -3}; only the last bits differ from a signed
  // reading.
  EXPECT_LT(partition_of("\xff\xfe\xfd", 5).value, 5u);
  EXPECT_NE(murmur2("\xff\xfe\xfd"), murmur2("\x7f\x7e\x7d"));
}

TEST(partitioner, spreads_room_names_over_all_partitions) {
  std::array<int, 8> counts{};
  for (int i = 0; i < 8000; ++i) {
    ++counts[partition_of("default/room-" + std::to_string(i), 8).value];
  }
  for (const int count : counts) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
}

}  // namespace roomlog::testing
