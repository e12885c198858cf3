// What others see of the log on Kafka: kcat reads key, partition, headers and value; Kafka's own
// Java producer puts a key into the partition that roomlog does.
#include <gtest/gtest.h>
#include <stdio.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

#include "log/partitioner.h"
#include "schemas/codec.h"
#include "tests/app/child_process.h"
#include "tests/kafka/copied_log.h"
#include "tests/kafka/test_topic.h"

namespace roomlog {
namespace {

using testing_kafka::copied_log;
using testing_kafka::kafka_cluster;

// What a command prints; the test fails where it does.
std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  char some[4096];
  for (std::size_t n; (n = std::fread(some, 1, sizeof some, pipe)) > 0;) out.append(some, n);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

// The partition from its beginning to its end, as `format` says.
std::string kcat(const std::string& topic, partition_id partition, const std::string& format) {
  return output_of("kcat -C -q -e -o beginning -b " + kafka_cluster::shared().bootstrap() + " -t " +
                   topic + " -p " + std::to_string(partition.value) + " -f '" + format + "'");
}

TEST(interoperation, kcat_reads_key_partition_headers_and_value) {
  const copied_log copied(kafka_cluster::shared());
  const system_clock_source clock;
  const auto log = open_kafka_log_for_reading(copied.options(), descriptor_codec(), clock);
  ASSERT_TRUE(log) << log.error().text;
  std::size_t rooms_records = 0;
  for (partition_id p{0}; p.value < copied_log::partitions; ++p) {
    const auto batch = (*log)->read(p, offset{0}, 1 << 20);
    ASSERT_TRUE(batch) << batch.error().text;
    std::string heads, values;
    for (std::size_t i = 0; i < (*batch)->size(); ++i) {
      const auto one = (**batch)[i];
      heads += std::to_string(p.value) + " " + std::to_string(one.at.value) + " " +
               std::string(one.key) +
               " content-type=application/x-roomlog-flatbuffers,schema=RLG1\n";
      values += std::to_string(one.value.size()) + ":" + std::string(as_text(one.value));
      if (one.key.empty()) continue;
      ++rooms_records;
      EXPECT_EQ(partition_of(one.key, copied_log::partitions), p) << one.key;
    }
    EXPECT_EQ(kcat(copied.topic(), p, "%p %o %k %h\\n"), heads);
    EXPECT_EQ(kcat(copied.topic(), p, "%S:%s"), values);
  }
  EXPECT_EQ(rooms_records, 8u);
}

// Any text, from all over Unicode: one to four bytes a character.
std::string random_key(std::mt19937& chance) {
  static const std::vector<std::string> characters{
      "a",      "Z",      "7",      "/",      "-",      "_",          ".",         " ",
      "\u00e9", "\u00df", "\u0416", "\u4e2d", "\u20ac", "\U0001F4E8", "\U0001F600"};
  std::uniform_int_distribution<std::size_t> length(0, 80), which(0, characters.size() - 1);
  std::string out = "default/";
  for (auto left = length(chance); left > 0; --left) out += characters[which(chance)];
  return out;
}

TEST(interoperation, the_java_producer_chooses_the_same_partitions) {
  constexpr std::uint32_t partitions = 7;
  constexpr int count = 5000;
  auto& brokers = kafka_cluster::shared();
  const std::string topic = testing_kafka::unique_name("java");
  testing_kafka::make_topic(brokers.bootstrap(), topic, {.partitions = partitions});
  std::mt19937 chance(20261121);
  const temporary_directory directory;
  const auto keys = directory.path() / "keys";
  std::string expected;
  {
    std::ofstream file(keys);
    for (int i = 0; i < count; ++i) {
      const std::string key = random_key(chance);
      file << key << '\n';
      expected += std::to_string(partition_of(key, partitions).value) + "\n";
    }
  }
  EXPECT_EQ(output_of("java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '" + brokers.jars() +
                      "/*' " + source_directory() + "/tests/kafka/SendKeys.java " +
                      brokers.bootstrap() + " " + topic + " < " + keys.string()),
            expected);
}

}  // namespace
}  // namespace roomlog
