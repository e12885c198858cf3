#include "log/kafka/kafka_inquiry.h"

#include "log/kafka/kafka_metadata.h"

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds ask_wait{2'000};

result<kafka_inquiry::leaders> leaders_through(rd_kafka_t* client, const std::string& topic) {
  const auto metadata = kafka_topic_metadata(client, topic, ask_wait);
  if (!metadata) return metadata.error();
  const auto& found = (*metadata)->topics[0];
  kafka_inquiry::leaders out(static_cast<std::size_t>(found.partition_cnt), -1);
  for (int i = 0; i < found.partition_cnt; ++i) {
    const auto& one = found.partitions[i];
    const auto id = static_cast<std::size_t>(one.id);
    if (id < out.size()) out[id] = one.leader;
  }
  return out;
}

}  // namespace

std::vector<result<offset>> kafka_topic_inquiry::bounds(const std::vector<partition_id>& of,
                                                        kafka_bound which) const {
  return kafka_bounds(client_, topic_, of, which, ask_wait);
}

result<kafka_inquiry::leaders> kafka_topic_inquiry::find_leaders() const {
  return leaders_through(client_, topic_);
}

result<kafka_inquiry::leaders> kafka_topic_inquiry::find_leaders_anew() const {
  const auto client = make_kafka_client(to_, kafka_role::admin);
  if (!client) return client.error();
  return leaders_through(client->get(), topic_);
}

}  // namespace roomlog
