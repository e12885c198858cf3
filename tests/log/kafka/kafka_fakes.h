// What stands for the cluster and the engine in tests of the engine's parts: answers are set, and
// what was told is kept. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "log/kafka/kafka_inquiry.h"
#include "log/kafka/kafka_partition_owner.h"
#include "log/kafka/kafka_records.h"

namespace roomlog::testing {

class fake_cluster final : public kafka_inquiry {
 public:
  // By partition; errc::timeout where there is none.
  std::map<partition_id, log_bounds> at;
  result<leaders> led_by = leaders{};
  result<leaders> led_by_anew = leaders{};
  mutable std::vector<partition_id> asked;  // for bounds

  std::vector<result<offset>> bounds(const std::vector<partition_id>& of,
                                     kafka_bound which) const override {
    std::vector<result<offset>> out(of.size(), error{errc::timeout, "it has no leader"});
    for (std::size_t i = 0; i < of.size(); ++i) {
      asked.push_back(of[i]);
      const auto found = at.find(of[i]);
      if (found == at.end()) continue;
      out[i] = which == kafka_bound::start ? found->second.start : found->second.end;
    }
    return out;
  }
  result<leaders> find_leaders() const override { return led_by; }
  result<leaders> find_leaders_anew() const override { return led_by_anew; }
};

// Stops partitions as the engine does.
struct fake_owner final : kafka_partition_owner {
  std::vector<partition_id> refused, looked_into;
  std::vector<rd_kafka_resp_err_t> codes;
  std::vector<error> stopped;

  void on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) override {
    refused.push_back(partition.id);
    codes.push_back(code);
  }
  void look_into(kafka_partition& partition, rd_kafka_resp_err_t) override {
    looked_into.push_back(partition.id);
  }
  void stop_partition(kafka_partition& partition, const error& why) override {
    if (partition.stop(why)) stopped.push_back(why);
  }
};

inline std::shared_ptr<const record_batch> record_at(partition_id partition, offset at,
                                                     std::string_view value) {
  record_batch_builder builder(partition, at);
  builder.add(at, timestamp{1000}, "key", as_byte_view(value));
  return builder.finish();
}

// Followed, from `at` on.
inline kafka_partitions make_partitions(std::uint32_t count, std::optional<log_bounds> at) {
  kafka_partitions made;
  for (std::uint32_t p = 0; p < count; ++p) {
    made.push_back(std::make_unique<kafka_partition>(partition_id{p}, kafka_follow::tail, at,
                                                     std::size_t{1} << 20));
  }
  return made;
}

inline void take(kafka_partition& into, std::string_view value) {
  into.recent.push(record_at(into.id, into.recent.end(), value));
}

}  // namespace roomlog::testing
