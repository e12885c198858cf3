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
#include "schemas/records/codec.h"
#include "tests/app/child_process.h"
#include "tests/kafka/copied_log.h"
#include "tests/kafka/server_group.h"
#include "tests/kafka/test_topic.h"

namespace roomlog::testing {
namespace {

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

// From the handshake to a reader of another make, which goes on with the trace.
TEST(interoperation, kcat_sees_the_trace_context_of_a_command) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string headers = "content-type=application/x-roomlog-flatbuffers,schema=RLG1";
  auto& brokers = kafka_cluster::shared(1);
  server_group group(brokers, 1);
  group.start("a", "ingress,pusher");
  chat_client traced(group.at("a"), group.token("a", "ann"), {.headers = {{"traceparent", trace}}});
  const auto untraced = group.connect("a", "ann");
  ASSERT_EQ(number_of(traced.ask(R"({"type":"create","id":1,"room":"r"})", 1), "seq"), 1);
  const std::string send = R"({"type":"send","id":2,"room":"r","cid":"c","text":"hello"})";
  const auto ack = untraced->ask(send, 2);
  ASSERT_EQ(number_of(ack, "seq"), 2);
  EXPECT_EQ(number_of(traced.ask(send, 2), "seq"), 2) << "the same command, traced or not";
  const auto create_at = std::to_string(number_of(ack, "offset") - 1);
  EXPECT_EQ(kcat(group.topic(), partition_id{0}, "%k %h\\n"),
            " " + headers + "\n " + headers + "\n" +  // descriptor, fence
                "default/r " + headers + ",traceparent=" + trace + "\n" + "default/r " + headers +
                "\n");
  const auto read =
      run_roomlog({"read", "--kafka", brokers.bootstrap(), "--set",
                   "kafka.topic_prefix=" + group.topic().substr(0, group.topic().rfind('.')),
                   "--partition", "0", "--from", create_at});
  EXPECT_EQ(read.code, 0) << read.err;
  EXPECT_NE(read.out.find(R"("traceparent":")" + trace + '"'), std::string::npos) << read.out;
  EXPECT_NE(read.out.find(R"("traceparent":"")"), std::string::npos) << read.out;
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
  const std::string topic = unique_name("java");
  make_topic(brokers.bootstrap(), topic, {.partitions = partitions});
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
}  // namespace roomlog::testing
