#include "log/kafka/kafka_bounds.h"

#include <algorithm>
#include <map>

#include "log/kafka/kafka_metadata.h"

namespace roomlog {
namespace {

error no_bound(const std::string& topic, partition_id partition, kafka_bound which,
               const std::string& why, errc code = errc::timeout) {
  return {code, "the " + std::string(which == kafka_bound::start ? "start" : "end") +
                    " of partition " + std::to_string(partition.value) + " of topic " + topic +
                    " cannot be found: " + why};
}

// One round of requests: librdkafka answers all of them or none.
std::vector<result<offset>> ask_together(rd_kafka_t* client, const std::string& topic,
                                         const std::vector<partition_id>& partitions,
                                         kafka_bound which, std::chrono::milliseconds wait) {
  // ListOffsets takes these two for times (KIP-79), and librdkafka passes times on as they are.
  const auto asked = which == kafka_bound::start ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  const kafka_partition_list list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto p : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<std::int32_t>(p.value))
        ->offset = asked;
  }
  const auto code = rd_kafka_offsets_for_times(client, list.get(), static_cast<int>(wait.count()));
  std::vector<result<offset>> found;
  for (const auto p : partitions) {
    const auto* one = rd_kafka_topic_partition_list_find(list.get(), topic.c_str(),
                                                         static_cast<std::int32_t>(p.value));
    const auto problem = one->err != RD_KAFKA_RESP_ERR_NO_ERROR ? one->err : code;
    if (problem != RD_KAFKA_RESP_ERR_NO_ERROR) {
      found.push_back(no_bound(topic, p, which, describe_kafka_error(problem),
                               is_passing_kafka_error(problem) ? errc::timeout : errc::io));
    } else if (one->offset < 0) {
      found.push_back(no_bound(topic, p, which, "no broker says where it is"));
    } else {
      found.push_back(offset{static_cast<std::uint64_t>(one->offset)});
    }
  }
  return found;
}

// By leader: places in `partitions` of those that it leads.
std::map<std::int32_t, std::vector<std::size_t>> leaders_of(
    const rd_kafka_metadata_topic_t& topic, const std::vector<partition_id>& partitions) {
  std::map<std::int32_t, std::vector<std::size_t>> led_by;
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const auto& one = topic.partitions[i];
    const partition_id id{static_cast<std::uint32_t>(one.id)};
    const auto found = std::find(partitions.begin(), partitions.end(), id);
    if (one.leader < 0 || found == partitions.end()) continue;
    led_by[one.leader].push_back(static_cast<std::size_t>(found - partitions.begin()));
  }
  return led_by;
}

}  // namespace

std::vector<result<offset>> kafka_bounds(rd_kafka_t* client, const std::string& topic,
                                         const std::vector<partition_id>& partitions,
                                         kafka_bound which, std::chrono::milliseconds wait) {
  // Any broker is asked who leads, by chance a silent one: then another time.
  auto metadata = kafka_topic_metadata(client, topic, wait / 4);
  if (!metadata) metadata = kafka_topic_metadata(client, topic, wait / 4);
  std::vector<result<offset>> found;
  for (const auto p : partitions) {
    found.push_back(
        no_bound(topic, p, which, metadata ? "it has no leader" : metadata.error().text));
  }
  if (!metadata) return found;
  const auto led_by = leaders_of((*metadata)->topics[0], partitions);
  for (const auto& [broker, places] : led_by) {
    std::vector<partition_id> its;
    for (const auto place : places) its.push_back(partitions[place]);
    const auto share = wait / static_cast<std::int64_t>(2 * led_by.size());
    auto bounds = ask_together(client, topic, its, which, share);
    for (std::size_t i = 0; i < places.size(); ++i) found[places[i]] = std::move(bounds[i]);
  }
  return found;
}

}  // namespace roomlog
